package event

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"dex/internal/diag"
)

var grouped = &NodeInfo{Group: &Group{Name: "g", Package: "p", Owner: map[string]any{"name": "o"}}}

var node = &NodeInfo{
	NodePath: "orders.sql", NodeName: "orders", UniqueID: "model.shop.orders", ResourceType: "model", Materialized: "table",
	NodeStatus: "started", NodeStartedAt: "2026-01-02T03:04:05.000006", Meta: map[string]any{"owner": "x"}, NodeChecksum: "abc",
	NodeRelation: NodeRelation{Database: "db", Schema: "main", Alias: "orders", RelationName: `"db"."main"."orders"`},
}

// catalog has every event with the code and the keys of data that dbt 1.12 logs
// for it; dex's own have dbt's where it comes nearest.
var catalog = []struct {
	data             Data
	name, code, keys string
}{
	{MainReportVersion{Version: "1.12.6"}, "MainReportVersion", "A001", "log_version version"},
	{MainReportArgs{Args: map[string]string{"which": "run"}}, "MainReportArgs", "A002", "args"},
	{Note{"x"}, "Note", "Z050", "msg"},
	{InlineQuery{Text: "START executing", Status: "RUN", Seconds: -1}, "Note", "Z050", "msg"},
	{Formatting{}, "Formatting", "Z017", "msg"},
	{FoundStats{"1 model"}, "FoundStats", "W006", "stat_line"},
	{NothingToDo{}, "NothingToDo", "Q035", ""},
	{NoNodesSelected{}, "NoNodesSelected", "Q038", ""},
	{NoNodesForCriteria{"x"}, "NoNodesForSelectionCriteria", "M030", "spec_raw"},
	{LargeSeed{Package: "p", Seed: "s"}, "SeedExceedsLimitSamePath", "I053", "name package_name"},
	{LargeSeed{Package: "p", Seed: "s", Was: SeedOtherPath}, "SeedExceedsLimitAndPathChanged", "I054", "name package_name"},
	{LargeSeed{Package: "p", Seed: "s", Was: SeedSmaller}, "SeedIncreased", "I052", "name package_name"},
	{SnapshotTimestampWarning{"a", "b"}, "SnapshotTimestampWarning", "Q043", "snapshot_time_data_type updated_at_data_type"},
	{StateTargetEqual{"target"}, "WarnStateTargetEqual", "I072", "state_path"},
	{&UnversionedBreakingChange{ModelName: "a"}, "UnversionedBreakingChange", "I071", "breaking_changes column_type_changes columns_removed contract_enforced_disabled " +
		"enforced_column_constraint_removed enforced_model_constraint_removed materialization_changed model_file_path model_name"},
	{UnableToPartialParse{"x"}, "UnableToPartialParse", "I024", "reason"},
	{ArtifactWritten{"a", "b"}, "ArtifactWritten", "P001", "artifact_path artifact_type"},
	{CommandCompleted{Command: "run"}, "CommandCompleted", "Q039", "command completed_at elapsed success"},
	{ResourceReport{CommandName: "run"}, "ResourceReport", "Z051", "command_name command_success command_wall_clock_time process_in_blocks process_kernel_time " +
		"process_mem_max_rss process_out_blocks process_user_time"},
	{TypeCodeNotFound{TypeCode: 790}, "TypeCodeNotFound", "E050", "type_code"},
	{CommandFailed{Msg: "x"}, "MainEncounteredError", "Z002", "exc"},
	{CommandFailed{Msg: "x", Operation: true}, "RunningOperationCaughtError", "Q001", "exc"},
	{NodeOutput{}, "CompiledNode", "Q042", "compiled is_inline node_name output_format quiet unique_id"},
	{NodeOutput{Show: true}, "ShowNode", "Q041", "is_inline node_name output_format preview quiet unique_id"},
	{ProjectWarning{diag.Diagnostic{Summary: "x"}}, "ProjectWarning", "", "code column file hint line msg unique_id"},
	{DepsNoPackagesFound{}, "DepsNoPackagesFound", "M013", ""},
	{DepsStartPackageInstall{"a/b"}, "DepsStartPackageInstall", "M014", "package_name"},
	{DepsInstallInfo{"version 1"}, "DepsInstallInfo", "M015", "version_name"},
	{DepsUpdateAvailable{"1"}, "DepsUpdateAvailable", "M016", "version_latest"},
	{DepsUpToDate{}, "DepsUpToDate", "M017", ""},
	{DepsListSubdirectory{"x"}, "DepsListSubdirectory", "M018", "subdirectory"},
	{DepsNotifyUpdatesAvailable{[]string{"a/b", "c/d"}}, "DepsNotifyUpdatesAvailable", "M019", "packages"},
	{DepsUnpinned{"HEAD", "url"}, "DepsUnpinned", "M029", "git revision"},
	{DepsLockUpdating{"x"}, "DepsLockUpdating", "M031", "lock_filepath"},
	{DepsAddPackage{}, "DepsAddPackage", "M032", "package_name packages_filepath version"},
	{DepsFoundDuplicatePackage{"{}"}, "DepsFoundDuplicatePackage", "M033", "removed_package"},
	{DepsScrubbedPackageName{"x"}, "DepsScrubbedPackageName", "M035", "package_name"},
	{DepsSetDownloadDirectory{"x"}, "DepsSetDownloadDirectory", "M028", "path"},
	{RegistryGet{URL: "x"}, "RegistryProgressGETRequest", "M008", "url"},
	{RegistryGet{URL: "x", Index: true}, "RegistryIndexProgressGETRequest", "M022", "url"},
	{RegistryGot{URL: "x"}, "RegistryProgressGETResponse", "M009", "resp_code url"},
	{RegistryGot{URL: "x", Index: true}, "RegistryIndexProgressGETResponse", "M023", "resp_code url"},
	{RetryExternalCall{1, 5}, "RetryExternalCall", "M020", "attempt max"},
	{RecordRetryException{"x"}, "RecordRetryException", "M021", "exc"},
	{PackageHashMismatch{}, "PackageHashMismatch", "", "got package_name want"},
	{SelectExcludeIgnored{}, "SelectExcludeIgnoredWithSelectorWarning", "Z064", ""},
	{DefaultSelector{"x"}, "DefaultSelector", "Q023", "name"},
	{HookEnd{NodeInfo: node}, "HookEnd", "", "attempts because class event execution_time hook kind message node_info reason status unique_id"},
	{HookRetried{}, "HookRetried", "", "attempt attempts class event hook message unique_id wait"},
	{HooksLeftOut{}, "HooksLeftOut", "", "message"},
	{RunStarted{4, "dev", 3}, "ConcurrencyLine", "Q027", "node_count num_threads target_name"},
	{NodeStart{node}, "NodeStart", "Q024", "node_info"},
	{LogStartLine{NodeInfo: node}, "LogStartLine", "Q011", "description index node_info total"},
	{NodeCompiling{node}, "NodeCompiling", "Q030", "node_info"},
	{CatchableExceptionOnRun{"x", node}, "CatchableExceptionOnRun", "W002", "exc exc_info node_info"},
	{StateCheckVarsHash{"a", "{}", "p", "t", "1"}, "StateCheckVarsHash", "I025", "checksum profile target vars version"},
	{NodeResult{Kind: "model", NodeInfo: grouped}, "LogModelResult", "Q012", "description execution_time group index node_info status total"},
	{RunResultFailure{NodeInfo: grouped}, "RunResultFailure", "Z022", "group node_info node_name path resource_type"},
	{RunResultError{NodeInfo: grouped}, "RunResultError", "Z024", "group msg node_info"},
	{RunResultError{NodeInfo: grouped, Warning: true}, "RunResultWarningMessage", "Z046", "msg node_info"},
	{NodeExecuting{node}, "NodeExecuting", "Q031", "node_info"},
	{NodeFinished{node, &RunResult{Timing: []Timing{{Name: "compile"}}}}, "NodeFinished", "Q025", "node_info run_result"},
	{NodeResult{Kind: "model", NodeInfo: node}, "LogModelResult", "Q012", "description execution_time index node_info status total"},
	{NodeResult{Kind: "seed", NodeInfo: node}, "LogSeedResult", "Q016", "execution_time index node_info relation result_message schema status total"},
	{NodeResult{Kind: "snapshot", NodeInfo: node}, "LogSnapshotResult", "Q015", "cfg description execution_time index node_info result_message status total"},
	{NodeResult{Kind: "test", NodeInfo: node}, "LogTestResult", "Q007", "attached_node execution_time index name node_info num_failures num_models status"},
	{NodeResult{Kind: "model", Status: "no-op", NodeInfo: node}, "LogNodeNoOpResult", "Q019", "description execution_time index node_info status total"},
	{NodeSkipped{NodeInfo: node}, "SkippingDetails", "Q034", "index node_info node_name resource_type schema total"},
	{LogHookStartLine{NodeInfo: node}, "LogHookStartLine", "Q032", "index node_info statement total"},
	{LogHookEndLine{NodeInfo: node}, "LogHookEndLine", "Q033", "execution_time index node_info statement status total"},
	{SQLQuery{NodeInfo: node}, "SQLQuery", "E016", "conn_name node_info sql"},
	{SQLQuery{}, "SQLQuery", "E016", "conn_name sql"},
	{SQLQueryStatus{NodeInfo: node}, "SQLQueryStatus", "E017", "elapsed node_info query_id status"},
	{DatabaseNotice{NodeInfo: node}, "AdapterEventDebug", "E001", "base_msg name node_info"},
	{NewConnection{NodeInfo: node}, "NewConnection", "E005", "conn_name conn_type node_info"},
	{ConnectionReused{}, "ConnectionReused", "E006", "conn_name orig_conn_name"},
	{ConnectionUsed{NodeInfo: node}, "ConnectionUsed", "E015", "conn_name conn_type node_info"},
	{ConnectionClosed{NodeInfo: node}, "ConnectionClosed", "E010", "conn_name node_info"},
	{SQLCommit{NodeInfo: node}, "SQLCommit", "E018", "conn_name node_info"},
	{Rollback{NodeInfo: node}, "Rollback", "E012", "conn_name node_info"},
	{JinjaLog{Info: true}, "JinjaLogInfo", "I062", "msg"},
	{JinjaLog{}, "JinjaLogDebug", "I063", "msg"},
	{JinjaLogWarning{}, "JinjaLogWarning", "I061", "msg"},
	{PrintEvent{}, "PrintEvent", "Z052", "msg"},
	{FinishedRunning{}, "FinishedRunningStats", "E047", "execution execution_time stat_line"},
	{EndOfRunSummary{}, "EndOfRunSummary", "Z030", "keyboard_interrupt num_errors num_partial_success num_warnings"},
	{RunResultFailure{NodeInfo: node}, "RunResultFailure", "Z022", "node_info node_name path resource_type"},
	{RunResultFailure{Warning: true}, "RunResultWarning", "Z021", "node_name path resource_type"},
	{RunResultError{NodeInfo: node}, "RunResultError", "Z024", "msg node_info"},
	{RunResultError{Warning: true}, "RunResultWarningMessage", "Z046", "msg"},
	{RunResultPlace{}, "Note", "Z050", "msg"},
	{SQLCompiledPath{NodeInfo: node}, "SQLCompiledPath", "Z026", "node_info path"},
	{CheckNodeTestFailure{NodeInfo: node}, "CheckNodeTestFailure", "Z027", "node_info relation_name"},
	{StatsLine{}, "StatsLine", "Z023", "stats"},
}

// keysOf lists the keys of a JSON object in their order.
func keysOf(t *testing.T, raw json.RawMessage) []string {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(raw))
	if _, err := dec.Token(); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for dec.More() {
		k, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, k.(string))
		var skip json.RawMessage
		if err := dec.Decode(&skip); err != nil {
			t.Fatal(err)
		}
	}
	return keys
}

func encode(d Data, clean func(string) string) []byte {
	enc := Encoder{Clean: clean}
	enc.Event(Event{Time: time.Date(2026, 1, 2, 3, 4, 5, 6789000, time.UTC), Level: Warn, Data: d, Thread: "MainThread"}, Context{"inv-1", 42})
	return enc.Bytes()
}

func TestCatalog(t *testing.T) {
	for _, c := range catalog {
		line := encode(c.data, nil)
		var got struct {
			Data json.RawMessage
			Info json.RawMessage
		}
		if err := json.Unmarshal(line, &got); err != nil {
			t.Fatalf("%s: %v in %s", c.name, err, line)
		}
		if keys := strings.Join(keysOf(t, got.Data), " "); keys != c.keys {
			t.Errorf("%s: data has %q, want %q", c.name, keys, c.keys)
		}
		if keys := strings.Join(keysOf(t, got.Info), " "); keys != "category code extra invocation_id level msg name pid thread ts" {
			t.Errorf("%s: info has %q", c.name, keys)
		}
		if c.data.Name() != c.name || c.data.Code() != c.code {
			t.Errorf("%s %s: want %s %s", c.data.Name(), c.data.Code(), c.name, c.code)
		}
		if _, ok := c.data.(Fielder); !ok {
			t.Errorf("%s goes through encoding/json", c.name)
		}
	}
}

func TestEncodeWhole(t *testing.T) {
	const want = `{"data": {"conn_name": "c", "node_info": {"materialized": "table", "meta": {"owner": "x"}, "node_checksum": "abc", "node_finished_at": "", "node_name": "orders", "node_path": "orders.sql", "node_relation": {"alias": "orders", "database": "db", "relation_name": "\"db\".\"main\".\"orders\"", "schema": "main"}, "node_started_at": "2026-01-02T03:04:05.000006", "node_status": "started", "resource_type": "model", "unique_id": "model.shop.orders"}, "sql": "select 'caf\u00e9 \ud83d\ude00'\n\t\\"}, "info": {"category": "", "code": "E016", "extra": {}, "invocation_id": "inv-1", "level": "warn", "msg": "On c: select 'caf\u00e9 \ud83d\ude00'\n\t\\", "name": "SQLQuery", "pid": 42, "thread": "MainThread", "ts": "2026-01-02T03:04:05.006789Z"}}`
	if got := string(encode(SQLQuery{ConnName: "c", SQL: "select 'café 😀'\n\t\\", NodeInfo: node}, nil)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// A secret may look like the JSON around it.
func TestCleanKeepsJSON(t *testing.T) {
	clean := strings.NewReplacer(`"`, "*", "info", "*", ":", "*", "orders", "*").Replace
	line := encode(SQLQuery{ConnName: "info", SQL: `select "orders": x`, NodeInfo: node}, clean)
	var got struct {
		Data struct {
			SQL  string         `json:"sql"`
			Conn string         `json:"conn_name"`
			Node map[string]any `json:"node_info"`
		}
		Info struct{ Msg string }
	}
	if err := json.Unmarshal(line, &got); err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	if got.Data.SQL != "select **** x" || got.Data.Conn != "*" || got.Data.Node["unique_id"] != "model.shop.*" {
		t.Errorf("not clean: %s", line)
	}
}

// plainData has no Fields of its own.
type plainData struct {
	Secret string         `json:"z"`
	More   map[string]int `json:"a"`
}

func (plainData) Name() string    { return "Plain" }
func (plainData) Code() string    { return "" }
func (plainData) Message() string { return "plain" }

func TestEncodeOther(t *testing.T) {
	line := string(encode(plainData{"hush", map[string]int{"n": 1}}, func(s string) string { return strings.ReplaceAll(s, "hush", "*") }))
	if !strings.HasPrefix(line, `{"data": {"a": {"n": 1}, "z": "*"}, "info": `) {
		t.Error(line)
	}
}

// The lines of dbt 1.12.6 as it printed them.
func TestLines(t *testing.T) {
	for _, c := range []struct {
		data Liner
		want string
	}{
		{LogStartLine{Description: "sql table model main.a", Index: 1, Total: 13}, "1 of 13 START sql table model main.a ........................................... [RUN]"},
		{NodeResult{Kind: "model", Description: "sql table model main.a", Status: "OK", Index: 1, Total: 13, ExecutionTime: 0.14}, "1 of 13 OK created sql table model main.a ...................................... [OK in 0.14s]"},
		{NodeResult{Kind: "model", Description: "sql view model main.bad", Status: "error", Index: 2, Total: 13, ExecutionTime: 0.04}, "2 of 13 ERROR creating sql view model main.bad ................................. [ERROR in 0.04s]"},
		{NodeResult{Kind: "seed", Description: "seed file main.s1", Status: "INSERT 2", Index: 6, Total: 13, ExecutionTime: 0.06}, "6 of 13 OK loaded seed file main.s1 ............................................ [INSERT 2 in 0.06s]"},
		{NodeResult{Kind: "snapshot", Description: "snapshot main.sn", Status: "OK", Index: 1, Total: 1, ExecutionTime: 0.12}, "1 of 1 OK snapshotted main.sn .................................................. [OK in 0.12s]"},
		{NodeResult{Kind: "test", Description: "test accepted_values_a_id__7", Status: "fail", NumFailures: 1, Index: 7, Total: 13, ExecutionTime: 0.05}, "7 of 13 FAIL 1 accepted_values_a_id__7 ......................................... [FAIL 1 in 0.05s]"},
		{NodeResult{Kind: "test", Description: "test not_null_a_id", Status: "warn", NumFailures: 1, Index: 8, Total: 13, ExecutionTime: 0.02}, "8 of 13 WARN 1 not_null_a_id ................................................... [WARN 1 in 0.02s]"},
		{NodeResult{Kind: "test", Description: "test unique_a_id", Status: "pass", Index: 9, Total: 13, ExecutionTime: 0.02}, "9 of 13 PASS unique_a_id ....................................................... [PASS in 0.02s]"},
		{NodeSkipped{ResourceType: "model", Schema: "main", NodeName: "behind", Index: 10, Total: 13}, "10 of 13 SKIP relation main.behind ............................................. [SKIP]"},
		{NodeSkipped{ResourceType: "test", Schema: "main", NodeName: "not_null_behind_id", Index: 13, Total: 13}, "13 of 13 SKIP test not_null_behind_id .......................................... [SKIP]"},
		{LogHookStartLine{Statement: "shop.on-run-start.0", Index: 1, Total: 2}, "1 of 2 START hook: shop.on-run-start.0 ......................................... [RUN]"},
		{LogHookEndLine{Statement: "shop.on-run-end.0", Status: "success", Index: 1, Total: 1, ExecutionTime: 0.01}, "1 of 1 OK hook: shop.on-run-end.0 .............................................. [OK in 0.01s]"},
	} {
		if got := c.data.(Data).Message(); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

func TestLineWidths(t *testing.T) {
	hook := LogHookStartLine{Statement: "shop.on-run-start.0", Index: 1, Total: 2}.Line()
	if got, want := hook.Format(40, nil), "1 of 2 START hook: shop.on-run-start.... [RUN]"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	model := NodeResult{Kind: "model", Description: "sql table model main.a", Status: "OK", Index: 1, Total: 1, ExecutionTime: 0.13}.Line()
	if got, want := model.Format(40, nil), "1 of 1 OK created sql table model main.a  [OK in 0.13s]"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	loud := func(tone Tone, s string) string { return "<" + s + ">" }
	if got := model.Format(40, loud); !strings.HasSuffix(got, " [<OK> in 0.13s]") {
		t.Error(got)
	}
}

func TestSummaryLines(t *testing.T) {
	for _, c := range []struct {
		data Data
		want string
	}{
		{EndOfRunSummary{}, "Completed successfully"},
		{EndOfRunSummary{Errors: 4, Warnings: 1}, "Completed with 4 errors, 0 partial successes, and 1 warning:"},
		{EndOfRunSummary{Errors: 1, PartialSuccesses: 1}, "Completed with 1 error, 1 partial success, and 0 warnings:"},
		{EndOfRunSummary{Warnings: 2}, "Completed with 2 warnings:"},
		{EndOfRunSummary{PartialSuccesses: 1, Warnings: 1}, "Completed with 1 partial success and 1 warning"},
		{EndOfRunSummary{Errors: 1, Interrupted: true}, "Exited because of keyboard interrupt"},
		{FinishedRunning{StatLine: "1 seed", Seconds: 3725.5}, "Finished running 1 seed in 1 hours 2 minutes and 5.50 seconds (3725.50s)."},
		{StatsLine{Pass: 7, Warn: 1, Error: 4, Skip: 4, Total: 16}, "Done. PASS=7 WARN=1 ERROR=4 SKIP=4 NO-OP=0 REUSED=0 TOTAL=16"},
		{RunStarted{1, "dev", 3}, "Concurrency: 1 threads (target='dev')"},
		{CommandFailed{Msg: "Compilation Error\n  x"}, "[ERROR]: Encountered an error:\nCompilation Error\n  x"},
		{CheckNodeTestFailure{RelationName: `"a"`}, "  See test failures:\n  -----------------\n  select * from \"a\"\n  -----------------"},
	} {
		if got := c.data.Message(); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

func BenchmarkEncodeSQLQuery(b *testing.B) {
	enc := Encoder{}
	ev := Event{Time: time.Now(), Data: SQLQuery{ConnName: "model.shop.orders", SQL: strings.Repeat("select a, b from c\n", 20), NodeInfo: node}, Thread: "Thread-1 (worker)"}
	b.ReportAllocs()
	for b.Loop() {
		enc.Reset()
		enc.Event(ev, Context{"inv-1", 42})
	}
	b.SetBytes(int64(len(enc.Bytes())))
}
