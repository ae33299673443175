package event

import (
	"fmt"
	"time"
)

// LogStartLine is a node that begins to run.
type LogStartLine struct {
	Description string    `json:"description"`
	Index       int       `json:"index"`
	Total       int       `json:"total"`
	NodeInfo    *NodeInfo `json:"node_info,omitempty"`
}

// NodeResult is a node that has ended. Kind chooses dbt's name of the event:
// LogModelResult, LogSeedResult, LogSnapshotResult, LogTestResult.
type NodeResult struct {
	Kind          string        `json:"-"` // resource type
	Description   string        `json:"description"`
	Status        string        `json:"status"`
	Index         int           `json:"index"`
	Total         int           `json:"total"`
	ExecutionTime float64       `json:"execution_time"`
	NodeInfo      *NodeInfo     `json:"node_info,omitempty"`
	NumFailures   int64         `json:"num_failures,omitempty"`
	Schema        string        `json:"schema,omitempty"`
	Relation      string        `json:"relation,omitempty"`
	Rows          int64         `json:"-"` // -1 where unknown
	Elapsed       time.Duration `json:"-"`
}

// NodeSkipped is a node that did not run because something before it failed.
type NodeSkipped struct {
	ResourceType string    `json:"resource_type"`
	Schema       string    `json:"schema"`
	NodeName     string    `json:"node_name"`
	Index        int       `json:"index"`
	Total        int       `json:"total"`
	NodeInfo     *NodeInfo `json:"node_info,omitempty"`
	Because      string    `json:"-"` // unique_id of what failed; "" where it is the run itself
}

// NodeCompiling is a node whose template is rendered.
type NodeCompiling struct {
	NodeInfo *NodeInfo `json:"node_info,omitempty"`
}

// NodeExecuting is a node whose statements are sent.
type NodeExecuting struct {
	NodeInfo *NodeInfo `json:"node_info,omitempty"`
}

// NodeFinished closes a node in the log.
type NodeFinished struct {
	NodeInfo *NodeInfo `json:"node_info,omitempty"`
}

// LogHookStartLine is an on-run-start or on-run-end hook that begins.
type LogHookStartLine struct {
	Statement string    `json:"statement"`
	Index     int       `json:"index"`
	Total     int       `json:"total"`
	NodeInfo  *NodeInfo `json:"node_info,omitempty"`
}

// LogHookEndLine is such a hook that has ended.
type LogHookEndLine struct {
	Statement     string    `json:"statement"`
	Status        string    `json:"status"`
	Index         int       `json:"index"`
	Total         int       `json:"total"`
	ExecutionTime float64   `json:"execution_time"`
	NodeInfo      *NodeInfo `json:"node_info,omitempty"`
}

// RunStarted tells how much there is to do: dbt's ConcurrencyLine.
type RunStarted struct {
	NumThreads int    `json:"num_threads"`
	TargetName string `json:"target_name"`
	NodeCount  int    `json:"node_count"`
}

func (LogStartLine) Name() string { return "LogStartLine" }
func (LogStartLine) Code() string { return "Q011" }

// Message implements Data.
func (e LogStartLine) Message() string {
	return fmt.Sprintf("%d of %d START %s", e.Index, e.Total, e.Description)
}

// Name implements Data.
func (e NodeResult) Name() string {
	switch e.Kind {
	case "test", "unit_test":
		return "LogTestResult"
	case "seed":
		return "LogSeedResult"
	case "snapshot":
		return "LogSnapshotResult"
	}
	return "LogModelResult"
}

// Code implements Data.
func (e NodeResult) Code() string {
	return map[string]string{"LogTestResult": "Q007", "LogSeedResult": "Q016", "LogSnapshotResult": "Q015", "LogModelResult": "Q012"}[e.Name()]
}

// Message implements Data.
func (e NodeResult) Message() string {
	word := "OK"
	switch e.Status {
	case "error":
		word = "ERROR"
	case "fail":
		word = fmt.Sprintf("FAIL %d", e.NumFailures)
	case "warn":
		word = fmt.Sprintf("WARN %d", e.NumFailures)
	case "pass":
		word = "PASS"
	}
	verb := map[string]string{"LogTestResult": "", "LogSeedResult": "loaded ", "LogSnapshotResult": "snapshotted ", "LogModelResult": "created "}[e.Name()]
	if word == "ERROR" && verb != "" {
		verb = map[string]string{"loaded ": "loading ", "snapshotted ": "snapshotting ", "created ": "creating "}[verb]
	}
	return fmt.Sprintf("%d of %d %s %s%s [%s in %.2fs]", e.Index, e.Total, word, verb, e.Description, e.Status, e.ExecutionTime)
}

func (NodeSkipped) Name() string { return "SkippingDetails" }
func (NodeSkipped) Code() string { return "Q034" }

// Message implements Data.
func (e NodeSkipped) Message() string {
	where := e.NodeName
	if e.ResourceType != "test" && e.ResourceType != "unit_test" {
		where = e.Schema + "." + e.NodeName
	}
	return fmt.Sprintf("%d of %d SKIP relation %s", e.Index, e.Total, where)
}

func (NodeCompiling) Name() string { return "NodeCompiling" }
func (NodeCompiling) Code() string { return "Q030" }

// Message implements Data.
func (e NodeCompiling) Message() string { return "Began compiling node " + e.NodeInfo.id() }

func (NodeExecuting) Name() string { return "NodeExecuting" }
func (NodeExecuting) Code() string { return "Q031" }

// Message implements Data.
func (e NodeExecuting) Message() string { return "Began executing node " + e.NodeInfo.id() }

func (NodeFinished) Name() string { return "NodeFinished" }
func (NodeFinished) Code() string { return "Q025" }

// Message implements Data.
func (e NodeFinished) Message() string { return "Finished running node " + e.NodeInfo.id() }

func (n *NodeInfo) id() string {
	if n == nil {
		return ""
	}
	return n.UniqueID
}

func (LogHookStartLine) Name() string { return "LogHookStartLine" }
func (LogHookStartLine) Code() string { return "Q032" }

// Message implements Data.
func (e LogHookStartLine) Message() string {
	return fmt.Sprintf("%d of %d START hook: %s", e.Index, e.Total, e.Statement)
}

func (LogHookEndLine) Name() string { return "LogHookEndLine" }
func (LogHookEndLine) Code() string { return "Q033" }

// Message implements Data.
func (e LogHookEndLine) Message() string {
	word := map[string]string{"success": "OK", "skipped": "SKIP"}[e.Status]
	if word == "" {
		word = "ERROR"
	}
	return fmt.Sprintf("%d of %d %s hook: %s [%s in %.2fs]", e.Index, e.Total, word, e.Statement, e.Status, e.ExecutionTime)
}

func (RunStarted) Name() string { return "ConcurrencyLine" }
func (RunStarted) Code() string { return "Q026" }

// Message implements Data.
func (e RunStarted) Message() string {
	s := "s"
	if e.NumThreads == 1 {
		s = ""
	}
	return fmt.Sprintf("Concurrency: %d thread%s (target='%s')", e.NumThreads, s, e.TargetName)
}
