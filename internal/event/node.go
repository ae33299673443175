package event

import (
	"strconv"
	"strings"
	"time"
)

// NodeStart opens a node in the log.
type NodeStart struct {
	NodeInfo *NodeInfo
}

// LogStartLine is a node that begins to run.
type LogStartLine struct {
	Description string
	Index       int
	Total       int
	NodeInfo    *NodeInfo
}

// NodeResult is a node that has ended. Kind chooses dbt's name of the event:
// LogModelResult, LogSeedResult, LogSnapshotResult, LogTestResult,
// LogFreshnessResult; a node that had nothing to do is LogNodeNoOpResult.
type NodeResult struct {
	Kind          string // resource type
	Description   string // as in LogStartLine
	Status        string // "error", "pass", "fail", "warn", "no-op"; for all else what the database said
	Index         int
	Total         int
	ExecutionTime float64
	NodeInfo      *NodeInfo
	NumFailures   int64
	Schema        string
	Relation      string
	AttachedNode  string // of a test
	SourceName    string // of a source
	Rows          int64  // -1 where unknown
	Elapsed       time.Duration
	Hook          string // text of the hook that made the node fail
}

// NodeSkipped is a node that did not run because something before it failed.
type NodeSkipped struct {
	ResourceType string
	Schema       string
	NodeName     string
	Index        int
	Total        int
	NodeInfo     *NodeInfo
	Because      string // unique_id of what failed; "" where it is the run itself
}

// NodeCompiling is a node whose template is rendered.
type NodeCompiling struct {
	NodeInfo *NodeInfo
}

// NodeExecuting is a node whose statements are sent.
type NodeExecuting struct {
	NodeInfo *NodeInfo
}

// CatchableExceptionOnRun is what went wrong with a node, told when it does.
type CatchableExceptionOnRun struct {
	Exc      string
	NodeInfo *NodeInfo
}

// NodeFinished closes a node in the log.
type NodeFinished struct {
	NodeInfo *NodeInfo
	Result   *RunResult
}

// RunResult is the outcome of a node in NodeFinished: dbt's run_result.
type RunResult struct {
	Status        string
	Message       string
	Thread        string
	ExecutionTime float64
	NumFailures   int64
	Timing        []Timing
	Response      map[string]any // adapter_response: texts and numbers
}

// Timing is one phase of a node.
type Timing struct {
	Name       string
	Start, End time.Time
}

// LogHookStartLine is an on-run-start or on-run-end hook that begins.
type LogHookStartLine struct {
	Statement string
	Index     int
	Total     int
	NodeInfo  *NodeInfo
}

// LogHookEndLine is such a hook that has ended.
type LogHookEndLine struct {
	Statement     string
	Status        string
	Index         int
	Total         int
	ExecutionTime float64
	NodeInfo      *NodeInfo
}

// RunStarted tells how much there is to do: dbt's ConcurrencyLine.
type RunStarted struct {
	NumThreads int
	TargetName string
	NodeCount  int
}

// Name implements Data.
func (NodeStart) Name() string { return "NodeStart" }

// Code implements Data.
func (NodeStart) Code() string { return "Q024" }

// Message implements Data.
func (e NodeStart) Message() string { return "Began running node " + e.NodeInfo.id() }

// Fields implements Fielder.
func (e NodeStart) Fields(enc *Encoder) { enc.Node(e.NodeInfo) }

// Name implements Data.
func (LogStartLine) Name() string { return "LogStartLine" }

// Code implements Data.
func (LogStartLine) Code() string { return "Q011" }

// Message implements Data.
func (e LogStartLine) Message() string { return e.Line().plain() }

// Line implements Liner.
func (e LogStartLine) Line() Line {
	return Line{Index: e.Index, Total: e.Total, Text: "START " + e.Description, Status: "RUN", Seconds: -1}
}

// Fields implements Fielder.
func (e LogStartLine) Fields(enc *Encoder) {
	enc.Str("description", e.Description)
	enc.Int("index", int64(e.Index))
	enc.Node(e.NodeInfo)
	enc.Int("total", int64(e.Total))
}

// resultForm is how dbt reports the end of one kind of node.
type resultForm struct {
	name, code string
	ok, bad    string // what it says before the node
	prefix     string // of the description, left out of the line
	fields     func(NodeResult, *Encoder)
}

var (
	modelForm    = &resultForm{"LogModelResult", "Q012", "OK created ", "ERROR creating ", "", modelFields}
	seedForm     = &resultForm{"LogSeedResult", "Q016", "OK loaded ", "ERROR loading ", "", seedFields}
	snapshotForm = &resultForm{"LogSnapshotResult", "Q015", "OK snapshotted ", "ERROR snapshotting ", "snapshot ", snapshotFields}
	testForm     = &resultForm{"LogTestResult", "Q007", "", "ERROR ", "test ", testFields}
	functionForm = &resultForm{"LogFunctionResult", "Q047", "OK created ", "ERROR creating ", "", modelFields}
	noOpForm     = &resultForm{"LogNodeNoOpResult", "Q019", "NO-OP ", "ERROR ", "", modelFields}
)

// unitPrefix begins the description of a unit test.
const unitPrefix = "unit_test "

func (e *NodeResult) form() *resultForm {
	switch {
	case e.Status == "no-op":
		return noOpForm
	case e.Kind == "test" || e.Kind == "unit_test":
		return testForm
	case e.Kind == "source":
		return freshnessForm
	case e.Kind == "seed":
		return seedForm
	case e.Kind == "snapshot":
		return snapshotForm
	case e.Kind == "function":
		return functionForm
	}
	return modelForm
}

// Name implements Data.
func (e NodeResult) Name() string { return e.form().name }

// Code implements Data.
func (e NodeResult) Code() string { return e.form().code }

// Message implements Data.
func (e NodeResult) Message() string { return e.Line().plain() }

// Line implements Liner.
func (e NodeResult) Line() Line {
	f := e.form()
	l := Line{Index: e.Index, Total: e.Total, Seconds: e.ExecutionTime}
	what := strings.TrimPrefix(e.Description, f.prefix)
	if e.Kind == "unit_test" {
		what = strings.TrimPrefix(e.Description, unitPrefix)
	}
	switch {
	case f == freshnessForm:
		l.Status, l.Tone = freshnessStatus(e.Status)
		l.Text = l.Status + " " + what
	case e.Status == "error":
		l.Text, l.Status, l.Tone = f.bad+what, "ERROR", Bad
	case f == testForm:
		l.Status, l.Tone = testStatus(e.Status, e.NumFailures)
		l.Text = l.Status + " " + what
	case f == noOpForm:
		l.Text, l.Status, l.Tone = f.ok+what, "NO-OP", Doubtful
	case f == functionForm: // dbt: a partial success is green, too
		l.Text, l.Status, l.Tone = f.ok+what, strings.ToUpper(e.Status), Good
	case strings.Contains(e.Status, "PARTIAL SUCCESS") || e.Status == "partial success":
		l.Text, l.Status, l.Tone = "PARTIALLY created "+what, strings.ToUpper(e.Status), Doubtful
	default:
		l.Text, l.Status, l.Tone = f.ok+what, e.Status, Good
	}
	return l
}

func testStatus(status string, failures int64) (string, Tone) {
	switch status {
	case "pass":
		return "PASS", Good
	case "warn":
		return "WARN " + strconv.FormatInt(failures, 10), Doubtful
	}
	return "FAIL " + strconv.FormatInt(failures, 10), Bad
}

// Fields implements Fielder.
func (e NodeResult) Fields(enc *Encoder) { e.form().fields(e, enc) }

func modelFields(e NodeResult, enc *Encoder) {
	enc.Str("description", e.Description)
	enc.Float("execution_time", e.ExecutionTime)
	enc.Group(e.NodeInfo)
	enc.Int("index", int64(e.Index))
	enc.Node(e.NodeInfo)
	enc.Str("status", e.Status)
	enc.Int("total", int64(e.Total))
}

// outcome splits Status into dbt's status and result_message, for the kinds of
// node whose events have both.
func (e *NodeResult) outcome() (status, message string) {
	if e.Status == "error" {
		return "error", ""
	}
	return "success", e.Status
}

func seedFields(e NodeResult, enc *Encoder) {
	status, message := e.outcome()
	enc.Float("execution_time", e.ExecutionTime)
	enc.Group(e.NodeInfo)
	enc.Int("index", int64(e.Index))
	enc.Node(e.NodeInfo)
	enc.Str("relation", e.Relation)
	enc.Str("result_message", message)
	enc.Str("schema", e.Schema)
	enc.Str("status", status)
	enc.Int("total", int64(e.Total))
}

func snapshotFields(e NodeResult, enc *Encoder) {
	status, message := e.outcome()
	enc.Object("cfg", func() {})
	enc.Str("description", strings.TrimPrefix(e.Description, "snapshot "))
	enc.Float("execution_time", e.ExecutionTime)
	enc.Group(e.NodeInfo)
	enc.Int("index", int64(e.Index))
	enc.Node(e.NodeInfo)
	enc.Str("result_message", message)
	enc.Str("status", status)
	enc.Int("total", int64(e.Total))
}

func testFields(e NodeResult, enc *Encoder) {
	enc.Str("attached_node", e.AttachedNode)
	enc.Float("execution_time", e.ExecutionTime)
	enc.Group(e.NodeInfo)
	enc.Int("index", int64(e.Index))
	enc.Str("name", strings.TrimPrefix(strings.TrimPrefix(e.Description, "test "), unitPrefix))
	enc.Node(e.NodeInfo)
	enc.Int("num_failures", e.NumFailures)
	enc.Int("num_models", int64(e.Total))
	enc.Str("status", e.Status)
}

// Name implements Data.
func (NodeSkipped) Name() string { return "SkippingDetails" }

// Code implements Data.
func (NodeSkipped) Code() string { return "Q034" }

// Message implements Data.
func (e NodeSkipped) Message() string { return e.Line().plain() }

// Line implements Liner.
func (e NodeSkipped) Line() Line {
	l := Line{Index: e.Index, Total: e.Total, Status: "SKIP", Tone: Doubtful, Seconds: -1}
	switch e.ResourceType {
	case "model", "seed", "snapshot":
		l.Text = "SKIP relation " + e.Schema + "." + e.NodeName
	default:
		l.Text = "SKIP " + e.ResourceType + " " + e.NodeName
	}
	return l
}

// Fields implements Fielder.
func (e NodeSkipped) Fields(enc *Encoder) {
	enc.Group(e.NodeInfo)
	enc.Int("index", int64(e.Index))
	enc.Node(e.NodeInfo)
	enc.Str("node_name", e.NodeName)
	enc.Str("resource_type", e.ResourceType)
	enc.Str("schema", e.Schema)
	enc.Int("total", int64(e.Total))
}

// Name implements Data.
func (NodeCompiling) Name() string { return "NodeCompiling" }

// Code implements Data.
func (NodeCompiling) Code() string { return "Q030" }

// Message implements Data.
func (e NodeCompiling) Message() string { return "Began compiling node " + e.NodeInfo.id() }

// Fields implements Fielder.
func (e NodeCompiling) Fields(enc *Encoder) { enc.Node(e.NodeInfo) }

// Name implements Data.
func (NodeExecuting) Name() string { return "NodeExecuting" }

// Code implements Data.
func (NodeExecuting) Code() string { return "Q031" }

// Message implements Data.
func (e NodeExecuting) Message() string { return "Began executing node " + e.NodeInfo.id() }

// Fields implements Fielder.
func (e NodeExecuting) Fields(enc *Encoder) { enc.Node(e.NodeInfo) }

// Name implements Data.
func (NodeFinished) Name() string { return "NodeFinished" }

// Code implements Data.
func (NodeFinished) Code() string { return "Q025" }

// Message implements Data.
func (e NodeFinished) Message() string { return "Finished running node " + e.NodeInfo.id() }

// Fields implements Fielder.
func (e NodeFinished) Fields(enc *Encoder) {
	enc.Node(e.NodeInfo)
	if e.Result != nil {
		enc.Object("run_result", func() { e.Result.fields(enc) })
	}
}

func (r *RunResult) fields(enc *Encoder) {
	enc.key("adapter_response")
	enc.any(r.Response)
	enc.Float("execution_time", r.ExecutionTime)
	enc.Str("message", r.Message)
	enc.Int("num_failures", r.NumFailures)
	enc.Str("status", r.Status)
	enc.Str("thread", r.Thread)
	enc.List("timing_info", len(r.Timing), func(i int) {
		t := r.Timing[i]
		enc.Time("completed_at", t.End)
		enc.Str("name", t.Name)
		enc.Time("started_at", t.Start)
	})
}

// Name implements Data.
func (LogHookStartLine) Name() string { return "LogHookStartLine" }

// Code implements Data.
func (LogHookStartLine) Code() string { return "Q032" }

// Message implements Data.
func (e LogHookStartLine) Message() string { return e.Line().plain() }

// Line implements Liner.
func (e LogHookStartLine) Line() Line {
	return Line{Index: e.Index, Total: e.Total, Text: "START hook: " + e.Statement, Status: "RUN", Seconds: -1, Truncate: true}
}

// Fields implements Fielder.
func (e LogHookStartLine) Fields(enc *Encoder) {
	enc.Int("index", int64(e.Index))
	enc.Node(e.NodeInfo)
	enc.Str("statement", e.Statement)
	enc.Int("total", int64(e.Total))
}

// Name implements Data.
func (LogHookEndLine) Name() string { return "LogHookEndLine" }

// Code implements Data.
func (LogHookEndLine) Code() string { return "Q033" }

// Message implements Data.
func (e LogHookEndLine) Message() string { return e.Line().plain() }

// Line implements Liner.
func (e LogHookEndLine) Line() Line {
	l := Line{Index: e.Index, Total: e.Total, Status: "ERROR", Tone: Bad, Seconds: e.ExecutionTime, Truncate: true}
	switch e.Status {
	case "success":
		l.Status, l.Tone = "OK", Good
	case "skipped":
		l.Status, l.Tone = "SKIP", Doubtful
	case "no-op":
		l.Status, l.Tone = "NO-OP", Doubtful
	}
	l.Text = l.Status + " hook: " + e.Statement
	return l
}

// Fields implements Fielder.
func (e LogHookEndLine) Fields(enc *Encoder) {
	enc.Float("execution_time", e.ExecutionTime)
	enc.Int("index", int64(e.Index))
	enc.Node(e.NodeInfo)
	enc.Str("statement", e.Statement)
	enc.Str("status", e.Status)
	enc.Int("total", int64(e.Total))
}

// Name implements Data.
func (RunStarted) Name() string { return "ConcurrencyLine" }

// Code implements Data.
func (RunStarted) Code() string { return "Q027" }

// Message implements Data. dbt: "1 threads", too.
func (e RunStarted) Message() string {
	return "Concurrency: " + strconv.Itoa(e.NumThreads) + " threads (target='" + e.TargetName + "')"
}

// Fields implements Fielder.
func (e RunStarted) Fields(enc *Encoder) {
	enc.Int("node_count", int64(e.NodeCount))
	enc.Int("num_threads", int64(e.NumThreads))
	enc.Str("target_name", e.TargetName)
}

// Name implements Data.
func (CatchableExceptionOnRun) Name() string { return "CatchableExceptionOnRun" }

// Code implements Data.
func (CatchableExceptionOnRun) Code() string { return "W002" }

// Message implements Data.
func (e CatchableExceptionOnRun) Message() string { return e.Exc }

// Fields implements Fielder. dbt has a stack of Python's in exc_info.
func (e CatchableExceptionOnRun) Fields(enc *Encoder) {
	enc.Str("exc", e.Exc)
	enc.Str("exc_info", "")
	enc.Node(e.NodeInfo)
}
