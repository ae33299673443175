package event

import "strconv"

// LargeSeed is a seed of which state: cannot tell by its text whether it changed: it
// is larger than --maximum-seed-size-mib, so that its path stands for it.
type LargeSeed struct {
	Package, Seed string
	MiB           int
	// Was tells what stood for it before.
	Was SeedBefore
}

// SeedBefore is what stood for a seed in the manifest of --state.
type SeedBefore uint8

// What stood for a LargeSeed before.
const (
	SeedSamePath  SeedBefore = iota // its path, which is the same: it counts as unchanged
	SeedOtherPath                   // another path: it counts as changed
	SeedSmaller                     // its text: it counts as changed
)

// Name implements Data.
func (e LargeSeed) Name() string {
	return [...]string{"SeedExceedsLimitSamePath", "SeedExceedsLimitAndPathChanged", "SeedIncreased"}[e.Was]
}

// Code implements Data.
func (e LargeSeed) Code() string { return [...]string{"I053", "I054", "I052"}[e.Was] }

// Message implements Data.
func (e LargeSeed) Message() string {
	size := strconv.Itoa(e.MiB) + "MiB"
	why := [...]string{
		"and at the path where it was: it is taken for unchanged, whatever it holds",
		"and was at another path before: it is taken for changed",
		"and was not before: it is taken for changed",
	}[e.Was]
	return Warned("The seed " + e.Package + "." + e.Seed + " is larger than " + size + ", " + why)
}

// Fields implements Fielder.
func (e LargeSeed) Fields(enc *Encoder) {
	enc.Str("name", e.Seed)
	enc.Str("package_name", e.Package)
}

// SnapshotTimestampWarning is a snapshot whose times are of another type than the
// column that they are taken from.
type SnapshotTimestampWarning struct{ Snapshot, UpdatedAt string }

// Name implements Data.
func (SnapshotTimestampWarning) Name() string { return "SnapshotTimestampWarning" }

// Code implements Data.
func (SnapshotTimestampWarning) Code() string { return "Q043" }

// Message implements Data.
func (e SnapshotTimestampWarning) Message() string {
	return Warned("Data type of snapshot table timestamp columns (" + e.Snapshot + ") doesn't match derived column 'updated_at' (" + e.UpdatedAt +
		"). Please update snapshot config 'updated_at'.")
}

// Fields implements Fielder.
func (e SnapshotTimestampWarning) Fields(enc *Encoder) {
	enc.Str("snapshot_time_data_type", e.Snapshot)
	enc.Str("updated_at_data_type", e.UpdatedAt)
}
