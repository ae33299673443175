package event

import "fmt"

// The events of this file carry dbt's names and codes; fields follow dbt's
// protobuf messages of the same name, since other tools read them from
// logs/dbt.log (`data` of each line).

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
}

// NodeRelation is the relation of a node in NodeInfo.
type NodeRelation struct {
	Database     string `json:"database"`
	Schema       string `json:"schema"`
	Alias        string `json:"alias"`
	RelationName string `json:"relation_name"`
}

// SQLQuery is a statement on its way to the database.
type SQLQuery struct {
	ConnName string    `json:"conn_name"`
	SQL      string    `json:"sql"`
	NodeInfo *NodeInfo `json:"node_info,omitempty"`
}

// SQLQueryStatus is a statement that the database has answered.
type SQLQueryStatus struct {
	Status   string    `json:"status"`
	Elapsed  float64   `json:"elapsed"`
	QueryID  string    `json:"query_id"`
	NodeInfo *NodeInfo `json:"node_info,omitempty"`
}

// ConnectionUsed tells which session a statement goes through.
type ConnectionUsed struct {
	ConnType string    `json:"conn_type"`
	ConnName string    `json:"conn_name"`
	NodeInfo *NodeInfo `json:"node_info,omitempty"`
}

// Rollback is a transaction given up.
type Rollback struct {
	ConnName string    `json:"conn_name"`
	NodeInfo *NodeInfo `json:"node_info,omitempty"`
}

// JinjaLog is log() in a template.
type JinjaLog struct {
	Msg      string    `json:"msg"`
	NodeInfo *NodeInfo `json:"node_info,omitempty"`
	Info     bool      `json:"-"`
}

// JinjaLogWarning is exceptions.warn() in a template.
type JinjaLogWarning struct {
	Msg      string    `json:"msg"`
	NodeInfo *NodeInfo `json:"node_info,omitempty"`
}

// PrintEvent is print() in a template.
type PrintEvent struct {
	Msg string `json:"msg"`
}

func (SQLQuery) Name() string        { return "SQLQuery" }
func (SQLQuery) Code() string        { return "E016" }
func (e SQLQuery) Message() string   { return fmt.Sprintf("On %s: %s", e.ConnName, e.SQL) }
func (SQLQueryStatus) Name() string  { return "SQLQueryStatus" }
func (SQLQueryStatus) Code() string  { return "E017" }
func (ConnectionUsed) Name() string  { return "ConnectionUsed" }
func (ConnectionUsed) Code() string  { return "E006" }
func (Rollback) Name() string        { return "Rollback" }
func (Rollback) Code() string        { return "E010" }
func (e Rollback) Message() string   { return fmt.Sprintf("On %s: ROLLBACK", e.ConnName) }
func (e JinjaLog) Message() string   { return e.Msg }
func (JinjaLogWarning) Name() string { return "JinjaLogWarning" }
func (JinjaLogWarning) Code() string { return "I061" }

// Message implements Data.
func (e JinjaLogWarning) Message() string { return e.Msg }

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
func (PrintEvent) Name() string { return "PrintEvent" }
func (PrintEvent) Code() string { return "Z052" }

// Message implements Data.
func (e PrintEvent) Message() string { return e.Msg }

// Message implements Data.
func (e ConnectionUsed) Message() string {
	return fmt.Sprintf("Using %s connection %q", e.ConnType, e.ConnName)
}

// Message implements Data.
func (e SQLQueryStatus) Message() string {
	return fmt.Sprintf("SQL status: %s in %.3f seconds", e.Status, e.Elapsed)
}
