// Package docsite is the page that `docs generate` leaves beside manifest.json and
// catalog.json: one file without requests to anywhere else, which shows a
// project's nodes, their columns, SQL and lineage.
//
// Begin with index.html: the page reads the two files beside it, or the texts
// that Static puts into it.
package docsite

import (
	"bytes"
	_ "embed"
)

//go:embed index.html
var page []byte

// Page is index.html. The caller must not change it.
func Page() []byte { return page }

// The places of the page that Static fills.
var (
	manifestPlace = []byte(`<script type="application/json" id="manifest-data">null</script>`)
	catalogPlace  = []byte(`<script type="application/json" id="catalog-data">null</script>`)
)

// Static is the page with manifest.json and catalog.json in it, so that it can be
// opened from anywhere.
func Static(manifest, catalog []byte) []byte {
	out := bytes.Replace(page, manifestPlace, filled(manifestPlace, manifest), 1)
	return bytes.Replace(out, catalogPlace, filled(catalogPlace, catalog), 1)
}

// filled puts JSON in the place of null. "<" stands in the strings of JSON alone,
// where its escape means the same and cannot end the script.
func filled(place, json []byte) []byte {
	safe := bytes.ReplaceAll(json, []byte("<"), []byte(`\u003c`))
	return bytes.Replace(place, []byte(">null<"), append(append([]byte(">"), safe...), '<'), 1)
}
