package event

import "strings"

// LogStartBatch is a batch of a microbatch model that begins.
type LogStartBatch struct {
	Description  string // "batch 2024-09-17 of main.orders"
	BatchIndex   int
	TotalBatches int
	NodeInfo     *NodeInfo
}

// LogBatchResult is a batch that has ended, or was skipped.
type LogBatchResult struct {
	Description   string
	Status        string // "error", "skipped"; for all else what the database said
	BatchIndex    int
	TotalBatches  int
	ExecutionTime float64
	NodeInfo      *NodeInfo
}

// MicrobatchExecutionDebug tells how a batch is run.
type MicrobatchExecutionDebug struct {
	Msg string
}

// GenericExceptionOnRun is an error that a node goes on after: one of a batch.
type GenericExceptionOnRun struct {
	BuildPath string
	UniqueID  string
	Exc       string
	NodeInfo  *NodeInfo
}

// Name implements Data.
func (LogStartBatch) Name() string { return "LogStartBatch" }

// Code implements Data.
func (LogStartBatch) Code() string { return "Q045" }

// Message implements Data.
func (e LogStartBatch) Message() string { return e.Line().plain() }

// Line implements Liner.
func (e LogStartBatch) Line() Line {
	return Line{Lead: "Batch ", Index: e.BatchIndex, Total: e.TotalBatches, Text: "START " + e.Description, Status: "RUN", Seconds: -1}
}

// Fields implements Fielder.
func (e LogStartBatch) Fields(enc *Encoder) {
	enc.Int("batch_index", int64(e.BatchIndex))
	enc.Str("description", e.Description)
	enc.Node(e.NodeInfo)
	enc.Int("total_batches", int64(e.TotalBatches))
}

// Name implements Data.
func (LogBatchResult) Name() string { return "LogBatchResult" }

// Code implements Data.
func (LogBatchResult) Code() string { return "Q046" }

// Message implements Data.
func (e LogBatchResult) Message() string { return e.Line().plain() }

// Line implements Liner.
func (e LogBatchResult) Line() Line {
	l := Line{Lead: "Batch ", Index: e.BatchIndex, Total: e.TotalBatches, Seconds: e.ExecutionTime}
	switch e.Status {
	case "error":
		l.Text, l.Status, l.Tone = "ERROR creating ", "ERROR", Bad
	case "skipped":
		l.Text, l.Status, l.Tone = "SKIP ", "SKIPPED", Doubtful
	default:
		l.Text, l.Status, l.Tone = "OK created ", e.Status, Good
	}
	l.Text += e.Description
	return l
}

// Fields implements Fielder.
func (e LogBatchResult) Fields(enc *Encoder) {
	enc.Int("batch_index", int64(e.BatchIndex))
	enc.Str("description", e.Description)
	enc.Float("execution_time", e.ExecutionTime)
	enc.Group(e.NodeInfo)
	enc.Node(e.NodeInfo)
	enc.Str("status", e.Status)
	enc.Int("total_batches", int64(e.TotalBatches))
}

// Name implements Data.
func (MicrobatchExecutionDebug) Name() string { return "MicrobatchExecutionDebug" }

// Code implements Data.
func (MicrobatchExecutionDebug) Code() string { return "Q044" }

// Message implements Data.
func (e MicrobatchExecutionDebug) Message() string { return e.Msg }

// Fields implements Fielder.
func (e MicrobatchExecutionDebug) Fields(enc *Encoder) { enc.Str("msg", e.Msg) }

// Name implements Data.
func (GenericExceptionOnRun) Name() string { return "GenericExceptionOnRun" }

// Code implements Data.
func (GenericExceptionOnRun) Code() string { return "W004" }

// Message implements Data.
func (e GenericExceptionOnRun) Message() string {
	where := e.BuildPath
	if where == "" {
		where = e.UniqueID
	}
	return Failed("Unhandled error while executing " + where + "\n" + strings.TrimSpace(e.Exc))
}

// Fields implements Fielder.
func (e GenericExceptionOnRun) Fields(enc *Encoder) {
	if e.BuildPath != "" {
		enc.Str("build_path", e.BuildPath)
	}
	enc.Str("exc", e.Exc)
	enc.Group(e.NodeInfo)
	enc.Node(e.NodeInfo)
	enc.Str("unique_id", e.UniqueID)
}
