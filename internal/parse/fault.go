package parse

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"sync"

	"dex/internal/diag"
	"dex/internal/manifest"
	"dex/internal/render"
)

// faults gathers what is wrong, from any worker.
type faults struct {
	mu   sync.Mutex
	list diag.List
}

func (f *faults) report(ds ...diag.Diagnostic) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = append(f.list, ds...)
}

func (f *faults) broken() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.list.HasErrors()
}

// sorted gives the faults in an order that does not depend on the workers.
func (f *faults) sorted() diag.List {
	f.mu.Lock()
	defer f.mu.Unlock()
	slices.SortStableFunc(f.list, func(a, b diag.Diagnostic) int {
		return cmp.Or(strings.Compare(a.Node, b.Node), strings.Compare(a.Summary, b.Summary))
	})
	f.list.Sort()
	return f.list
}

// where is dbt's name for a node in the heading of an error.
func where(n *manifest.Node) string {
	return string(n.Kind) + " " + n.Name + " (" + n.OriginalFilePath + ")"
}

// nodeFault is a fault of a node, at its place.
func nodeFault(n *manifest.Node, class diag.Class, code, summary string) diag.Diagnostic {
	return diag.Diagnostic{
		Severity: diag.Error, Class: class, Code: code, Summary: summary,
		Pos: n.Pos, Where: where(n), Node: string(n.ID),
	}
}

// plain is an error's message without heading and places.
func plain(err error) string {
	var fault *render.Fault
	if errors.As(err, &fault) {
		return fault.Msg
	}
	return err.Error()
}

// warning is a fault that stops nothing.
func warning(pos diag.Pos, code, summary string) diag.Diagnostic {
	return diag.Diagnostic{Severity: diag.Warning, Code: code, Event: warningEvents[code], Summary: summary, Pos: pos}
}

// asWarning makes a fault one that stops nothing.
func asWarning(f diag.Diagnostic) diag.Diagnostic {
	f.Severity, f.Class, f.Event = diag.Warning, "", warningEvents[f.Code]
	return f
}

// warningEvents has dbt's names of the warnings, by code. Those that dex alone
// gives have none.
var warningEvents = map[string]string{
	"argument-missing":       "MissingArgumentsPropertyInGenericTestDeprecation",
	"argument-not-used":      "ArgumentsPropertyInGenericTestDeprecation",
	"block-unexpected":       "UnexpectedJinjaBlockDeprecation",
	"constraint-unsupported": "UnsupportedConstraintMaterialization",
	"duplicate-name":         "DuplicateNameDistinctNodeTypesDeprecation",
	"exposure-name":          "ExposureNameDeprecation",
	"freshness-untimed":      "FreshnessConfigProblem",
	"macro-argument":         "InvalidMacroAnnotation",
	"macro-unknown":          "MacroNotFoundForPatch",
	"microbatch-macro":       "MicrobatchMacroOutsideOfBatchesDeprecation",
	"concurrent-batches":     "InvalidConcurrentBatchesConfig",
	"model-deprecated":       "DeprecatedModel",
	"name-blank":             "ResourceNamesWithSpacesDeprecation",
	"name-blank-of":          "SpacesInResourceNameDeprecation",
	"name-blank-more":        "SpacesInResourceNameDeprecation",
	"ref-deprecated":         "DeprecatedReference",
	"ref-to-be-deprecated":   "UpcomingReferenceDeprecation",
	"ref-not-found":          "NodeNotFoundOrDisabled",
	"schema-none":            "GenerateSchemaNameNullValueDeprecation",
	"source-not-found":       "NodeNotFoundOrDisabled",
	"test-config-moved":      "PropertyMovedToConfigDeprecation",
	"test-sql-header":        "CustomKeyInConfigDeprecation",
	"unused-config-path":     "UnusedResourceConfigPath",
	"unused-override":        "UnusedTables",
	"unused-patch":           "NoNodeForYamlKey",
	"wrong-section":          "WrongResourceSchemaFile",
}
