package manifest

import "dex/internal/jinja/value"

// The schemas of the resource types whose configuration dbt merges from
// dbt_project.yml, properties files and config(). What they hold are facts of
// dbt 1.12: the fields of its config classes with their order and defaults.
var (
	ModelSchema         = schema(KindModel, nodeKeys("view"), modelKeys())
	SeedSchema          = schema(KindSeed, nodeKeys("seed"), seedKeys())
	SnapshotSchema      = schema(KindSnapshot, nodeKeys("snapshot"), snapshotKeys())
	FunctionSchema      = schema(KindFunction, nodeKeys("function"), functionKeys())
	TestSchema          = schema(KindTest, commonKeys("dbt_test__audit"), testKeys())
	SourceSchema        = schema(KindSource, sourceKeys())
	ExposureSchema      = schema(KindExposure, exposureKeys())
	UnitTestSchema      = schema(KindUnitTest, unitTestKeys())
	MetricSchema        = schema(KindMetric, metricKeys())
	SemanticModelSchema = schema(KindSemanticModel, metricKeys())
	SavedQuerySchema    = schema(KindSavedQuery, metricKeys(), savedQueryKeys())
	GroupSchema         = schema(KindGroup, []Key{{Name: "meta", Default: emptyDict, Merge: Update}})
	// NodeSchema is that of analyses and of on-run-start and on-run-end hooks.
	NodeSchema = schema(KindAnalysis, nodeKeys("view"))
)

var schemas = map[Kind]*Schema{
	KindModel: ModelSchema, KindSeed: SeedSchema, KindSnapshot: SnapshotSchema,
	KindFunction: FunctionSchema, KindTest: TestSchema, KindSource: SourceSchema,
	KindExposure: ExposureSchema, KindUnitTest: UnitTestSchema, KindMetric: MetricSchema,
	KindSemanticModel: SemanticModelSchema, KindSavedQuery: SavedQuerySchema, KindGroup: GroupSchema,
}

// SchemaOf gives the schema of a resource type.
func SchemaOf(k Kind) *Schema {
	if s, ok := schemas[k]; ok {
		return s
	}
	return NodeSchema
}

// NewConfig makes the configuration of a resource type with all its defaults.
func NewConfig(k Kind) Config { return Config{Schema: SchemaOf(k)} }

var (
	emptyDict = frozen(value.NewDict(0))
	emptyList = frozen(value.NewList())
)

// frozen makes a value that all nodes may share.
func frozen(v value.Value) value.Value {
	value.Freeze(v)
	return v
}

// record makes the default of an Object key.
func record(pairs ...any) value.Value {
	d := value.NewDict(len(pairs) / 2)
	for i := 0; i < len(pairs); i += 2 {
		v, _ := pairs[i+1].(value.Value)
		if v == nil {
			v = value.None
		}
		d.SetStr(pairs[i].(string), v)
	}
	return frozen(d)
}

func schema(k Kind, parts ...[]Key) *Schema {
	s := &Schema{Kind: k, at: map[string]int{}, fields: map[string][]string{}}
	for _, part := range parts {
		for _, key := range part {
			if key.Default == nil {
				key.Default = value.None
			}
			if d, ok := key.Default.(*value.Dict); ok && key.Object {
				d.Each(func(field, _ value.Value) bool {
					s.fields[key.Name] = append(s.fields[key.Name], value.ToStr(field))
					return true
				})
			}
			s.at[key.Name] = len(s.Keys)
			s.Keys = append(s.Keys, key)
		}
	}
	return s
}

// commonKeys are the keys of everything that is made in a schema.
func commonKeys(schemaName string) []Key {
	var name value.Value
	if schemaName != "" {
		name = value.Str(schemaName)
	}
	return []Key{
		{Name: "enabled", Default: value.Bool(true)},
		{Name: "alias"},
		{Name: "schema", Default: name},
		{Name: "database"},
		{Name: "tags", Default: emptyList, Merge: Append},
		{Name: "meta", Default: emptyDict, Merge: Update},
		{Name: "group"},
		{Name: "static_analysis"},
	}
}

func nodeKeys(materialized string) []Key {
	return append(commonKeys(""), []Key{
		{Name: "materialized", Default: value.Str(materialized)},
		{Name: "incremental_strategy"},
		{Name: "batch_size"},
		{Name: "lookback", Default: value.Int(1)},
		{Name: "begin"},
		{Name: "persist_docs", Default: emptyDict},
		{Name: "post-hook", Default: emptyList, Merge: Append},
		{Name: "pre-hook", Default: emptyList, Merge: Append},
		{Name: "quoting", Default: emptyDict, Merge: Update},
		{Name: "column_types", Default: emptyDict, Merge: Update},
		{Name: "full_refresh"},
		{Name: "unique_key"},
		{Name: "on_schema_change", Default: value.Str("ignore")},
		{Name: "on_configuration_change", Default: value.Str("apply")},
		{Name: "grants", Default: emptyDict, Merge: DictKeyAppend},
		{Name: "packages", Default: emptyList, Merge: Append},
		{Name: "docs", Default: record("show", value.Bool(true), "node_color", nil), Merge: Update, Object: true},
		{Name: "contract", Default: record("enforced", value.Bool(false), "alias_types", value.Bool(true)), Merge: Update, Object: true},
		{Name: "event_time"},
		{Name: "concurrent_batches"},
	}...)
}

func modelKeys() []Key {
	return []Key{
		{Name: "access", Default: value.Str("protected")},
		{Name: "freshness"},
		{Name: "on_error"},
		{Name: "latest_version_pointer", Default: record("enabled", nil, "alias", nil), Merge: Update, Object: true},
	}
}

func seedKeys() []Key {
	return []Key{{Name: "delimiter", Default: value.Str(",")}, {Name: "quote_columns"}}
}

func snapshotKeys() []Key {
	return []Key{
		{Name: "strategy"},
		{Name: "target_schema"},
		{Name: "target_database"},
		{Name: "updated_at"},
		{Name: "check_cols"},
		{Name: "snapshot_meta_column_names", Object: true, Default: record("dbt_valid_to", nil,
			"dbt_valid_from", nil, "dbt_scd_id", nil, "dbt_updated_at", nil, "dbt_is_deleted", nil)},
		{Name: "dbt_valid_to_current"},
	}
}

func functionKeys() []Key {
	return []Key{
		{Name: "type", Default: value.Str("scalar")},
		{Name: "volatility"},
		{Name: "runtime_version"},
		{Name: "entry_point"},
		{Name: "snowflake", Default: record("quote_args", value.Bool(true)), Object: true},
	}
}

func testKeys() []Key {
	return []Key{
		{Name: "materialized", Default: value.Str("test")},
		{Name: "severity", Default: value.Str("ERROR")},
		{Name: "store_failures"},
		{Name: "store_failures_as"},
		{Name: "sql_header"},
		{Name: "where"},
		{Name: "limit"},
		{Name: "fail_calc", Default: value.Str("count(*)")},
		{Name: "warn_if", Default: value.Str("!= 0")},
		{Name: "error_if", Default: value.Str("!= 0")},
	}
}

func sourceKeys() []Key {
	after := record("count", nil, "period", nil)
	return []Key{
		{Name: "enabled", Default: value.Bool(true)},
		{Name: "event_time"},
		{Name: "freshness", Object: true, Default: record("warn_after", after, "error_after", after, "filter", nil)},
		{Name: "loaded_at_field"},
		{Name: "loaded_at_query"},
		{Name: "meta", Default: emptyDict, Merge: Update},
		{Name: "tags", Default: emptyList},
		{Name: "static_analysis"},
	}
}

func exposureKeys() []Key {
	return []Key{
		{Name: "enabled", Default: value.Bool(true)},
		{Name: "tags", Default: emptyList},
		{Name: "meta", Default: emptyDict},
	}
}

func unitTestKeys() []Key {
	return []Key{
		{Name: "tags", Default: emptyList, Merge: Append},
		{Name: "meta", Default: emptyDict, Merge: Update},
		{Name: "enabled", Default: value.Bool(true)},
		{Name: "static_analysis"},
	}
}

func metricKeys() []Key {
	return []Key{
		{Name: "enabled", Default: value.Bool(true)},
		{Name: "group"},
		{Name: "meta", Default: emptyDict, Merge: Update},
	}
}

func savedQueryKeys() []Key {
	return []Key{
		{Name: "export_as"},
		{Name: "schema"},
		{Name: "cache", Default: record("enabled", value.Bool(false)), Object: true},
	}
}
