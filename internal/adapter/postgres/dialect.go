package postgres

import (
	"dex/internal/adapter"
	"dex/internal/jinja/value"
)

// maxName is how long a name may be: NAMEDATALEN - 1. Postgres counts bytes, dbt
// counts characters.
const maxName = 63

// dialect is Postgres' as dbt-postgres has it: PostgresRelation, PostgresColumn.
var dialect = adapter.Dialect{
	Types:       adapter.TypeNames{BareText: true},
	MaxName:     maxName,
	Renameable:  []adapter.RelationType{adapter.TypeTable, adapter.TypeView},
	Replaceable: []adapter.RelationType{adapter.TypeTable, adapter.TypeView},
	RelationMethods: map[string]adapter.RelationMethod{
		"relation_max_name_length":                       maxNameLength,
		"get_materialized_view_config_change_collection": configChanges,
	},
}

func maxNameLength(_ adapter.Relation, args []value.Value, kw []value.Arg) (value.Value, error) {
	_, err := value.Bind("relation_max_name_length", args, kw)
	return value.Int(maxName), err
}
