package event

// SelectExcludeIgnored is --selector beside --select or --exclude.
type SelectExcludeIgnored struct{}

// DefaultSelector is the selector of selectors.yml that counts where the command
// line selects nothing. Its field is dbt's name for it.
type DefaultSelector struct{ Selector string }

// Name implements Data.
func (SelectExcludeIgnored) Name() string { return "SelectExcludeIgnoredWithSelectorWarning" }

// Code implements Data.
func (SelectExcludeIgnored) Code() string { return "Z064" }

// Message implements Data.
func (SelectExcludeIgnored) Message() string {
	return "The --select and --exclude arguments are being ignored for node selection because --selector is provided"
}

// Fields implements Fielder.
func (SelectExcludeIgnored) Fields(*Encoder) {}

// Name implements Data.
func (DefaultSelector) Name() string { return "DefaultSelector" }

// Code implements Data.
func (DefaultSelector) Code() string { return "Q023" }

// Message implements Data.
func (e DefaultSelector) Message() string { return "Using default selector " + e.Selector }

// Fields implements Fielder.
func (e DefaultSelector) Fields(enc *Encoder) { enc.Str("name", e.Selector) }
