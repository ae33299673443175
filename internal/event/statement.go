package event

import "strconv"

// NodeInfo says which node an event is about: dbt's node_info.
type NodeInfo struct {
	NodePath         string         `json:"node_path"`
	NodeName         string         `json:"node_name"`
	UniqueID         string         `json:"unique_id"`
	ResourceType     string         `json:"resource_type"`
	Materialized     string         `json:"materialized"`
	NodeStatus       string         `json:"node_status"`
	NodeStartedAt    string         `json:"node_started_at"`
	NodeFinishedAt   string         `json:"node_finished_at"`
	Meta             map[string]any `json:"meta"`
	NodeRelation     NodeRelation   `json:"node_relation"`
	NodeChecksum     string         `json:"node_checksum"`
	NodeOriginalPath string         `json:"-"`
	// Group is told by events of how a node ended, beside node_info.
	Group *Group `json:"-"`
}

// Group is the group of a node and who owns it.
type Group struct {
	Name, Package string
	Owner         map[string]any // texts
}

// NodeRelation is the relation of a node in NodeInfo.
type NodeRelation struct {
	Database     string `json:"database"`
	Schema       string `json:"schema"`
	Alias        string `json:"alias"`
	RelationName string `json:"relation_name"`
}

func (n *NodeInfo) id() string {
	if n == nil {
		return ""
	}
	return n.UniqueID
}

// SQLQuery is a statement on its way to the database.
type SQLQuery struct {
	ConnName string
	SQL      string
	NodeInfo *NodeInfo
}

// SQLQueryStatus is a statement that the database has answered.
type SQLQueryStatus struct {
	Status   string
	Elapsed  float64
	QueryID  string
	NodeInfo *NodeInfo
}

// ConnectionUsed tells which session a statement goes through.
type ConnectionUsed struct {
	ConnType string
	ConnName string
	NodeInfo *NodeInfo
}

// NewConnection is a thread's first session.
type NewConnection struct {
	ConnType string
	ConnName string
	NodeInfo *NodeInfo
}

// ConnectionReused is a thread's next session.
type ConnectionReused struct {
	ConnName string
	Former   string // the name of the session before
}

// DatabaseNotice is what the database said beside its answer: RAISE NOTICE, a warning.
// dbt's drivers keep it to themselves; it goes where dbt's adapters log.
type DatabaseNotice struct {
	Adapter  string
	Text     string
	NodeInfo *NodeInfo
}

// ConnectionClosed is a session given back.
type ConnectionClosed struct {
	ConnName string
	NodeInfo *NodeInfo
}

// SQLCommit is a transaction about to be committed. The statement itself comes
// as SQLQuery.
type SQLCommit struct {
	ConnName string
	NodeInfo *NodeInfo
}

// Rollback is a transaction given up.
type Rollback struct {
	ConnName string
	NodeInfo *NodeInfo
}

// JinjaLog is log() in a template.
type JinjaLog struct {
	Msg      string
	NodeInfo *NodeInfo
	Info     bool
}

// TypeCodeNotFound is a column of a query with a type that the database has no name
// for.
type TypeCodeNotFound struct{ TypeCode uint32 }

// JinjaLogWarning is exceptions.warn() in a template.
type JinjaLogWarning struct {
	Msg      string
	NodeInfo *NodeInfo
}

// PrintEvent is print() in a template, and the output of `list`.
type PrintEvent struct {
	Output bool // output that the command was asked for, not print()
	Msg    string
}

// Name implements Data.
func (SQLQuery) Name() string { return "SQLQuery" }

// Code implements Data.
func (SQLQuery) Code() string { return "E016" }

// Message implements Data.
func (e SQLQuery) Message() string { return "On " + e.ConnName + ": " + e.SQL }

// Fields implements Fielder.
func (e SQLQuery) Fields(enc *Encoder) {
	enc.Str("conn_name", e.ConnName)
	enc.Node(e.NodeInfo)
	enc.Str("sql", e.SQL)
}

// Name implements Data.
func (SQLQueryStatus) Name() string { return "SQLQueryStatus" }

// Code implements Data.
func (SQLQueryStatus) Code() string { return "E017" }

// Message implements Data.
func (e SQLQueryStatus) Message() string {
	return "SQL status: " + e.Status + " in " + strconv.FormatFloat(e.Elapsed, 'f', 3, 64) + " seconds"
}

// Fields implements Fielder.
func (e SQLQueryStatus) Fields(enc *Encoder) {
	enc.Float("elapsed", e.Elapsed)
	enc.Node(e.NodeInfo)
	enc.Str("query_id", e.QueryID)
	enc.Str("status", e.Status)
}

// Name implements Data.
func (DatabaseNotice) Name() string { return "AdapterEventDebug" }

// Code implements Data.
func (DatabaseNotice) Code() string { return "E001" }

// Message implements Data.
func (e DatabaseNotice) Message() string { return e.Adapter + " adapter: " + e.Text }

// Fields implements Fielder.
func (e DatabaseNotice) Fields(enc *Encoder) {
	enc.Str("base_msg", e.Text)
	enc.Str("name", e.Adapter)
	enc.Node(e.NodeInfo)
}

// Name implements Data.
func (NewConnection) Name() string { return "NewConnection" }

// Code implements Data.
func (NewConnection) Code() string { return "E005" }

// Message implements Data.
func (e NewConnection) Message() string {
	return "Acquiring new " + e.ConnType + " connection '" + e.ConnName + "'"
}

// Fields implements Fielder.
func (e NewConnection) Fields(enc *Encoder) {
	enc.Str("conn_name", e.ConnName)
	enc.Str("conn_type", e.ConnType)
	enc.Node(e.NodeInfo)
}

// Name implements Data.
func (ConnectionReused) Name() string { return "ConnectionReused" }

// Code implements Data.
func (ConnectionReused) Code() string { return "E006" }

// Message implements Data.
func (e ConnectionReused) Message() string {
	return "Re-using an available connection from the pool (formerly " + e.Former + ", now " + e.ConnName + ")"
}

// Fields implements Fielder.
func (e ConnectionReused) Fields(enc *Encoder) {
	enc.Str("conn_name", e.ConnName)
	enc.Str("orig_conn_name", e.Former)
}

// Name implements Data.
func (ConnectionUsed) Name() string { return "ConnectionUsed" }

// Code implements Data.
func (ConnectionUsed) Code() string { return "E015" }

// Message implements Data.
func (e ConnectionUsed) Message() string {
	return "Using " + e.ConnType + ` connection "` + e.ConnName + `"`
}

// Fields implements Fielder.
func (e ConnectionUsed) Fields(enc *Encoder) {
	enc.Str("conn_name", e.ConnName)
	enc.Str("conn_type", e.ConnType)
	enc.Node(e.NodeInfo)
}

// Name implements Data.
func (ConnectionClosed) Name() string { return "ConnectionClosed" }

// Code implements Data.
func (ConnectionClosed) Code() string { return "E010" }

// Message implements Data.
func (e ConnectionClosed) Message() string { return "On " + e.ConnName + ": Close" }

// Fields implements Fielder.
func (e ConnectionClosed) Fields(enc *Encoder) {
	enc.Str("conn_name", e.ConnName)
	enc.Node(e.NodeInfo)
}

// Name implements Data.
func (SQLCommit) Name() string { return "SQLCommit" }

// Code implements Data.
func (SQLCommit) Code() string { return "E018" }

// Message implements Data.
func (e SQLCommit) Message() string { return "On " + e.ConnName + ": COMMIT" }

// Fields implements Fielder.
func (e SQLCommit) Fields(enc *Encoder) {
	enc.Str("conn_name", e.ConnName)
	enc.Node(e.NodeInfo)
}

// Name implements Data.
func (Rollback) Name() string { return "Rollback" }

// Code implements Data.
func (Rollback) Code() string { return "E012" }

// Message implements Data.
func (e Rollback) Message() string { return "On " + e.ConnName + ": ROLLBACK" }

// Fields implements Fielder.
func (e Rollback) Fields(enc *Encoder) {
	enc.Str("conn_name", e.ConnName)
	enc.Node(e.NodeInfo)
}

// Name implements Data. dbt tells log(info=true) and log() apart by name.
func (e JinjaLog) Name() string {
	if e.Info {
		return "JinjaLogInfo"
	}
	return "JinjaLogDebug"
}

// Code implements Data.
func (e JinjaLog) Code() string {
	if e.Info {
		return "I062"
	}
	return "I063"
}

// Message implements Data.
func (e JinjaLog) Message() string { return e.Msg }

// Fields implements Fielder.
func (e JinjaLog) Fields(enc *Encoder) {
	enc.Str("msg", e.Msg)
	enc.Node(e.NodeInfo)
}

// Name implements Data.
func (TypeCodeNotFound) Name() string { return "TypeCodeNotFound" }

// Code implements Data.
func (TypeCodeNotFound) Code() string { return "E050" }

// Message implements Data.
func (e TypeCodeNotFound) Message() string {
	return Warned("The `type_code` " + strconv.FormatUint(uint64(e.TypeCode), 10) + " was not recognized: what names the types of a query's columns " +
		"(errors of contracts, get_column_schema_from_query) has this number in place of a name")
}

// Fields implements Fielder.
func (e TypeCodeNotFound) Fields(enc *Encoder) { enc.Int("type_code", int64(e.TypeCode)) }

// Name implements Data.
func (JinjaLogWarning) Name() string { return "JinjaLogWarning" }

// Code implements Data.
func (JinjaLogWarning) Code() string { return "I061" }

// Message implements Data.
func (e JinjaLogWarning) Message() string { return Warned(e.Msg) }

// Fields implements Fielder.
func (e JinjaLogWarning) Fields(enc *Encoder) {
	enc.Str("msg", e.Msg)
	enc.Node(e.NodeInfo)
}

// Name implements Data.
func (PrintEvent) Name() string { return "PrintEvent" }

// Code implements Data.
func (PrintEvent) Code() string { return "Z052" }

// Message implements Data.
func (e PrintEvent) Message() string { return e.Msg }

// Fields implements Fielder.
func (e PrintEvent) Fields(enc *Encoder) { enc.Str("msg", e.Msg) }
