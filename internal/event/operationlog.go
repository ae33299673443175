package event

import "fmt"

// OperationLog is a line that the script of an operation wrote.
type OperationLog struct {
	UniqueID, Operation, RunID string
	Stream                     string // "stdout", "stderr", "log", "dex"
	Msg                        string
	Beside                     string // JSON of what dex.log was given beside the text; "" is none
}

// OperationProgress is how far the script of an operation has come.
type OperationProgress struct {
	UniqueID, Operation, RunID string
	Done, Total                float64 // Total is 0 where it is unknown
	Msg                        string
}

// Name implements Data.
func (OperationLog) Name() string { return "OperationLog" }

// Code implements Data.
func (OperationLog) Code() string { return "" }

// Message implements Data.
func (e OperationLog) Message() string {
	if e.Beside != "" {
		return e.Msg + "  " + e.Beside
	}
	return e.Msg
}

// Fields implements Fielder.
func (e OperationLog) Fields(enc *Encoder) {
	enc.Str("fields", e.Beside)
	enc.Str("message", e.Msg)
	enc.Str("operation", e.Operation)
	enc.Str("run_id", e.RunID)
	enc.Str("stream", e.Stream)
	enc.Str("unique_id", e.UniqueID)
}

// Name implements Data.
func (OperationProgress) Name() string { return "OperationProgress" }

// Code implements Data.
func (OperationProgress) Code() string { return "" }

// Message implements Data.
func (e OperationProgress) Message() string {
	msg := fmt.Sprintf("%s: %s", e.Operation, number(e.Done))
	if e.Total > 0 {
		msg = fmt.Sprintf("%s: %s of %s (%d%%)", e.Operation, number(e.Done), number(e.Total), int(100*e.Done/e.Total))
	}
	if e.Msg != "" {
		msg += "  " + e.Msg
	}
	return msg
}

func number(f float64) string { return fmt.Sprintf("%.6g", f) }

// Fields implements Fielder.
func (e OperationProgress) Fields(enc *Encoder) {
	enc.Float("done", e.Done)
	enc.Str("message", e.Msg)
	enc.Str("operation", e.Operation)
	enc.Str("run_id", e.RunID)
	enc.Float("total", e.Total)
	enc.Str("unique_id", e.UniqueID)
}
