package event

// freshnessForm is how the end of a source's freshness check is reported.
var freshnessForm = &resultForm{"LogFreshnessResult", "Q018", "", "", "", freshnessFields}

// freshnessStatus is dbt's word for how fresh a source is.
func freshnessStatus(status string) (string, Tone) {
	switch status {
	case "runtime error":
		return "ERROR", Bad
	case "error":
		return "ERROR STALE", Bad
	case "warn":
		return "WARN", Doubtful
	}
	return "PASS", Good
}

func freshnessFields(e NodeResult, enc *Encoder) {
	enc.Float("execution_time", e.ExecutionTime)
	enc.Int("index", int64(e.Index))
	enc.Node(e.NodeInfo)
	enc.Str("source_name", e.SourceName)
	enc.Str("status", e.Status)
	enc.Str("table_name", e.Relation)
	enc.Int("total", int64(e.Total))
}

// FreshnessCheckComplete closes what source freshness tells.
type FreshnessCheckComplete struct{}

// Name implements Data.
func (FreshnessCheckComplete) Name() string { return "FreshnessCheckComplete" }

// Code implements Data.
func (FreshnessCheckComplete) Code() string { return "Q003" }

// Message implements Data.
func (FreshnessCheckComplete) Message() string { return "Done." }

// Fields implements Fielder.
func (FreshnessCheckComplete) Fields(*Encoder) {}

// RunResultErrorNoMessage is a node that failed without a word of the database: a
// source that is too old.
type RunResultErrorNoMessage struct {
	Status   string
	NodeInfo *NodeInfo
}

// Name implements Data.
func (RunResultErrorNoMessage) Name() string { return "RunResultErrorNoMessage" }

// Code implements Data.
func (RunResultErrorNoMessage) Code() string { return "Z025" }

// Message implements Data.
func (e RunResultErrorNoMessage) Message() string { return "  Status: " + e.Status }

// Fields implements Fielder.
func (e RunResultErrorNoMessage) Fields(enc *Encoder) {
	enc.Node(e.NodeInfo)
	enc.Str("status", e.Status)
}

// CollectFreshnessReturnSignature is a project's own collect_freshness that gives
// a table, as macros did before dbt 1.5.
type CollectFreshnessReturnSignature struct{}

// Name implements Data.
func (CollectFreshnessReturnSignature) Name() string { return "CollectFreshnessReturnSignature" }

// Code implements Data.
func (CollectFreshnessReturnSignature) Code() string { return "D012" }

// Message implements Data.
func (CollectFreshnessReturnSignature) Message() string {
	return Warned("the macro collect_freshness gives a table: give load_result('collect_freshness') back whole, so that its response is known as well")
}

// Fields implements Fielder.
func (CollectFreshnessReturnSignature) Fields(*Encoder) {}

// SourceFreshnessProjectHooksNotRun tells that on-run hooks were left out of
// source freshness because the project says so.
type SourceFreshnessProjectHooksNotRun struct{}

// Name implements Data.
func (SourceFreshnessProjectHooksNotRun) Name() string { return "SourceFreshnessProjectHooksNotRun" }

// Code implements Data.
func (SourceFreshnessProjectHooksNotRun) Code() string { return "D017" }

// Message implements Data.
func (SourceFreshnessProjectHooksNotRun) Message() string {
	return Warned("on-run-start and on-run-end hooks are not run: the flag source_freshness_run_project_hooks is off in dbt_project.yml")
}

// Fields implements Fielder.
func (SourceFreshnessProjectHooksNotRun) Fields(*Encoder) {}

// CustomOutputPathInSourceFreshnessDeprecation tells that --output of source
// freshness is on its way out of dbt.
type CustomOutputPathInSourceFreshnessDeprecation struct{ Path string }

// Name implements Data.
func (CustomOutputPathInSourceFreshnessDeprecation) Name() string {
	return "CustomOutputPathInSourceFreshnessDeprecation"
}

// Code implements Data.
func (CustomOutputPathInSourceFreshnessDeprecation) Code() string { return "D029" }

// Message implements Data.
func (e CustomOutputPathInSourceFreshnessDeprecation) Message() string {
	return Warned("sources.json goes to " + e.Path + ": dbt means to drop --output of source freshness; --target-path moves all artifacts")
}

// Fields implements Fielder.
func (e CustomOutputPathInSourceFreshnessDeprecation) Fields(enc *Encoder) { enc.Str("path", e.Path) }
