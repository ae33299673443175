package event

import "strconv"

// BuildingCatalog tells that the database is asked what it holds.
type BuildingCatalog struct{}

// CatalogGenerationError is a database that could not tell.
type CatalogGenerationError struct{ Err string }

// WriteCatalogFailure tells that the catalog lacks what databases could not tell.
type WriteCatalogFailure struct{ Failures int }

// CatalogWritten tells where the catalog is.
type CatalogWritten struct{ Path string }

// Name implements Data.
func (BuildingCatalog) Name() string { return "BuildingCatalog" }

// Code implements Data.
func (BuildingCatalog) Code() string { return "E044" }

// Message implements Data.
func (BuildingCatalog) Message() string { return "Building catalog" }

// Fields implements Fielder.
func (BuildingCatalog) Fields(*Encoder) {}

// Name implements Data.
func (CatalogGenerationError) Name() string { return "CatalogGenerationError" }

// Code implements Data.
func (CatalogGenerationError) Code() string { return "E040" }

// Message implements Data.
func (e CatalogGenerationError) Message() string {
	return "Encountered an error while generating catalog: " + e.Err
}

// Fields implements Fielder.
func (e CatalogGenerationError) Fields(enc *Encoder) { enc.Str("exc", e.Err) }

// Name implements Data.
func (WriteCatalogFailure) Name() string { return "WriteCatalogFailure" }

// Code implements Data.
func (WriteCatalogFailure) Code() string { return "E041" }

// Message implements Data.
func (e WriteCatalogFailure) Message() string {
	plural := "s"
	if e.Failures == 1 {
		plural = ""
	}
	return "dbt encountered " + strconv.Itoa(e.Failures) + " failure" + plural + " while writing the catalog"
}

// Fields implements Fielder.
func (e WriteCatalogFailure) Fields(enc *Encoder) { enc.Int("num_exceptions", int64(e.Failures)) }

// Name implements Data.
func (CatalogWritten) Name() string { return "CatalogWritten" }

// Code implements Data.
func (CatalogWritten) Code() string { return "E042" }

// Message implements Data.
func (e CatalogWritten) Message() string { return "Catalog written to " + e.Path }

// Fields implements Fielder.
func (e CatalogWritten) Fields(enc *Encoder) { enc.Str("path", e.Path) }
