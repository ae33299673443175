package event

// CheckCleanPath is a folder that clean looks at.
type CheckCleanPath struct{ Path string }

// ConfirmCleanPath is a folder that clean has removed.
type ConfirmCleanPath struct{ Path string }

// FinishedCleanPaths closes what clean tells.
type FinishedCleanPaths struct{}

// Name implements Data.
func (CheckCleanPath) Name() string { return "CheckCleanPath" }

// Code implements Data.
func (CheckCleanPath) Code() string { return "Z012" }

// Message implements Data.
func (e CheckCleanPath) Message() string { return "Checking " + e.Path + "/*" }

// Fields implements Fielder.
func (e CheckCleanPath) Fields(enc *Encoder) { enc.Str("path", e.Path) }

// Name implements Data.
func (ConfirmCleanPath) Name() string { return "ConfirmCleanPath" }

// Code implements Data.
func (ConfirmCleanPath) Code() string { return "Z013" }

// Message implements Data.
func (e ConfirmCleanPath) Message() string { return "Cleaned " + e.Path + "/*" }

// Fields implements Fielder.
func (e ConfirmCleanPath) Fields(enc *Encoder) { enc.Str("path", e.Path) }

// Name implements Data.
func (FinishedCleanPaths) Name() string { return "FinishedCleanPaths" }

// Code implements Data.
func (FinishedCleanPaths) Code() string { return "Z015" }

// Message implements Data.
func (FinishedCleanPaths) Message() string { return "Finished cleaning all paths." }

// Fields implements Fielder.
func (FinishedCleanPaths) Fields(*Encoder) {}
