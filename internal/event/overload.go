package event

// LogStartOverload is an overload of a function that begins to be made.
type LogStartOverload struct {
	Description  string
	Index, Total int // among the function's overloads
	NodeInfo     *NodeInfo
}

// LogOverloadResult is an overload that has ended.
type LogOverloadResult struct {
	Description   string
	Status        string // "success", "error"
	Index, Total  int
	ExecutionTime float64
	NodeInfo      *NodeInfo
}

// Name implements Data.
func (LogStartOverload) Name() string { return "LogStartOverload" }

// Code implements Data.
func (LogStartOverload) Code() string { return "Q048" }

// Message implements Data.
func (e LogStartOverload) Message() string {
	return "Overload " + Line{Index: e.Index, Total: e.Total, Text: "START " + e.Description, Status: "RUN", Seconds: -1}.plain()
}

// Fields implements Fielder.
func (e LogStartOverload) Fields(enc *Encoder) {
	enc.Str("description", e.Description)
	enc.Node(e.NodeInfo)
	enc.Int("overload_index", int64(e.Index))
	enc.Int("total_overloads", int64(e.Total))
}

// Name implements Data.
func (LogOverloadResult) Name() string { return "LogOverloadResult" }

// Code implements Data.
func (LogOverloadResult) Code() string { return "Q049" }

// Message implements Data.
func (e LogOverloadResult) Message() string {
	l := Line{Index: e.Index, Total: e.Total, Text: "OK created " + e.Description, Status: "SUCCESS", Seconds: e.ExecutionTime}
	if e.Status == "error" {
		l.Text, l.Status = "ERROR creating "+e.Description, "ERROR"
	}
	return "Overload " + l.plain()
}

// Fields implements Fielder.
func (e LogOverloadResult) Fields(enc *Encoder) {
	enc.Str("description", e.Description)
	enc.Float("execution_time", e.ExecutionTime)
	enc.Node(e.NodeInfo)
	enc.Int("overload_index", int64(e.Index))
	enc.Str("status", e.Status)
	enc.Int("total_overloads", int64(e.Total))
}
