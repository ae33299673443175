package state

import (
	"slices"
	"strings"

	"dex/internal/artifact"
	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// parsed reports whether n stands in the manifest's nodes or functions.
func parsed(n *manifest.Node) bool {
	switch n.Kind {
	case manifest.KindSource, manifest.KindExposure, manifest.KindUnitTest, manifest.KindMetric,
		manifest.KindSemanticModel, manifest.KindSavedQuery:
		return false
	}
	return true
}

func configured(n *manifest.Node) bool { return n.Kind != manifest.KindUnitTest }

func relational(n *manifest.Node) bool { return parsed(n) || n.Kind == manifest.KindSource }

// modified reports whether anything that matters differs. dbt:
// check_modified_content.
func (c *Comparison) modified(was, now *manifest.Node) (bool, error) {
	same, err := c.sameContents(was, now)
	if err != nil {
		return false, err
	}
	return !same || c.macrosModified(now), nil
}

// sameContents compares by resource type. dbt: of what is new, nodes and unit
// tests count as modified; sources, exposures and the semantic kinds do not.
func (c *Comparison) sameContents(was, now *manifest.Node) (bool, error) {
	if was == nil {
		return !parsed(now) && now.Kind != manifest.KindUnitTest, nil
	}
	switch now.Kind {
	case manifest.KindUnitTest:
		return now.UnitTest != nil && was.UnitTest != nil && now.UnitTest.Checksum == was.UnitTest.Checksum, nil
	case manifest.KindSource:
		return c.sameSource(was, now)
	case manifest.KindExposure:
		return c.sameExposure(was, now)
	case manifest.KindMetric, manifest.KindSemanticModel, manifest.KindSavedQuery:
		return c.sameCarried(was, now)
	}
	if now.Kind == manifest.KindTest && now.Test != nil && now.Test.Generic {
		ok, err := c.sameConfig(was, now)
		return ok && slices.Equal(was.FQN, now.FQN), err
	}
	return c.sameNode(was, now)
}

// sameNode compares models, seeds, snapshots and whatever else has a body. The
// contract is looked at first: a broken one is told whatever else differs.
func (c *Comparison) sameNode(was, now *manifest.Node) (bool, error) {
	contract, err := c.sameContract(was, now)
	if err != nil || !contract {
		return false, err
	}
	for _, same := range []check{(*Comparison).sameBody, (*Comparison).sameConfig, (*Comparison).samePersistedDescription, (*Comparison).sameRelation} {
		if ok, err := same(c, was, now); err != nil || !ok {
			return false, err
		}
	}
	if !slices.Equal(was.FQN, now.FQN) {
		return false, nil
	}
	switch now.Kind {
	case manifest.KindModel:
		return same(was.LatestVersion, now.LatestVersion) && was.Access == now.Access && same(was.DeprecationDate, now.DeprecationDate), nil
	case manifest.KindFunction:
		return sameFields(was, now, "arguments", "returns") && sameOverloads(was, now), nil
	}
	return true, nil
}

// sameBody compares the code, and of seeds the checksum.
func (c *Comparison) sameBody(was, now *manifest.Node) (bool, error) {
	if now.Kind == manifest.KindSeed {
		return c.sameSeed(was, now)
	}
	return was.Raw == now.Raw, nil
}

// sameSeed compares checksums, and warns where that of a large seed is its path.
// dbt: SeedNode.same_seeds.
func (c *Comparison) sameSeed(was, now *manifest.Node) (bool, error) {
	ok := was.ChecksumName == now.ChecksumName && was.Checksum == now.Checksum
	if now.ChecksumName != "path" {
		return ok, nil
	}
	e := event.LargeSeed{Package: now.Package, Seed: now.Name, MiB: c.MaxSeedMiB, Was: event.SeedOtherPath}
	switch {
	case ok:
		e.Was = event.SeedSamePath
	case was.ChecksumName != "path":
		e.Was = event.SeedSmaller
	}
	return ok, c.tell(string(now.ID), e)
}

// notCompared are the keys of a configuration that are no part of it when states
// are compared: names are the relation's, tags and groups change nothing.
var notCompared = map[string]bool{"alias": true, "schema": true, "database": true, "tags": true, "group": true}

// testModifiers are the keys of a test's configuration that do count.
var testModifiers = []string{"severity", "where", "limit", "fail_calc", "warn_if", "error_if", "store_failures", "store_failures_as", "sql_header"}

// sameConfig compares what the configuration says as written, so that what
// differs between environments alone is the same.
func (c *Comparison) sameConfig(was, now *manifest.Node) (bool, error) {
	switch now.Kind {
	case manifest.KindTest:
		for _, key := range testModifiers {
			if !sameKey(was.Unrendered, now.Unrendered, key) {
				return false, nil
			}
		}
		return true, nil
	case manifest.KindSource, manifest.KindExposure:
		return sameKeys(was.Unrendered, now.Unrendered, nil), nil
	case manifest.KindMetric:
		return sameKeys(was.Unrendered, now.Unrendered, map[string]bool{"group": true}), nil
	case manifest.KindSemanticModel, manifest.KindSavedQuery:
		return sameFields(was, now, "config"), nil
	}
	return sameKeys(was.Unrendered, now.Unrendered, notCompared), nil
}

// samePersistedDescription compares descriptions that are written to the
// database.
func (c *Comparison) samePersistedDescription(was, now *manifest.Node) (bool, error) {
	v, _ := now.Config.Get("persist_docs")
	docs, ok := v.(*value.Dict)
	if !ok {
		return true, nil
	}
	persists := func(key string) bool { v, ok := docs.GetStr(key); return ok && v.Truth() }
	if persists("relation") && was.Description != now.Description {
		return false, nil
	}
	return !persists("columns") || slices.EqualFunc(byName(was.Columns()), byName(now.Columns()), func(a, b *manifest.Column) bool {
		return a.Name == b.Name && a.Description == b.Description
	}), nil
}

func byName(columns []*manifest.Column) []*manifest.Column {
	sorted := slices.Clone(columns)
	slices.SortStableFunc(sorted, func(a, b *manifest.Column) int { return strings.Compare(a.Name, b.Name) })
	return sorted
}

// sameRelation compares the names as they are configured; those of a source are
// as they are written.
func (c *Comparison) sameRelation(was, now *manifest.Node) (bool, error) {
	if now.Kind == manifest.KindSource && c.Rendered {
		return was.Database == now.Database && was.Schema == now.Schema && was.Source.Identifier == now.Source.Identifier, nil
	}
	if now.Kind == manifest.KindSource {
		return was.Source.UnrenderedDB == now.Source.UnrenderedDB && was.Source.UnrenderedSchema == now.Source.UnrenderedSchema &&
			was.Source.Identifier == now.Source.Identifier, nil
	}
	for _, key := range []string{"database", "schema", "alias"} {
		// dbt: a name of none is as good as no name.
		if !same(get(was.Unrendered, key), get(now.Unrendered, key)) {
			return false, nil
		}
	}
	return true, nil
}

func (c *Comparison) sameSource(was, now *manifest.Node) (bool, error) {
	for _, same := range []check{(*Comparison).sameRelation, (*Comparison).sameConfig} {
		if ok, err := same(c, was, now); err != nil || !ok {
			return false, err
		}
	}
	a, b := was.Source, now.Source
	return slices.Equal(was.FQN, now.FQN) && same(dictValue(a.Quoting), dictValue(b.Quoting)) && same(a.Freshness, b.Freshness) &&
		a.LoadedAtField == b.LoadedAtField && same(a.External, b.External), nil
}

func (c *Comparison) sameExposure(was, now *manifest.Node) (bool, error) {
	if ok, err := c.sameConfig(was, now); err != nil || !ok {
		return false, err
	}
	a, b := was.Exposure, now.Exposure
	return slices.Equal(was.FQN, now.FQN) && a.Type == b.Type && same(dictValue(a.Owner), dictValue(b.Owner)) && a.Maturity == b.Maturity &&
		a.URL == b.URL && was.Description == now.Description && a.Label == b.Label && sameSet(was.Parents, now.Parents), nil
}

// carried are the fields by which dbt tells whether a node of a kind has changed.
var carried = map[manifest.Kind][]string{
	manifest.KindMetric:        {"type", "description", "label"},
	manifest.KindSemanticModel: {"model", "description", "defaults", "entities", "dimensions", "measures", "primary_entity", "group"},
	manifest.KindSavedQuery:    {"description", "label", "group", "tags"},
}

func (c *Comparison) sameCarried(was, now *manifest.Node) (bool, error) {
	if ok, err := c.sameConfig(was, now); err != nil || !ok {
		return false, err
	}
	if !sameFields(was, now, carried[now.Kind]...) {
		return false, nil
	}
	if now.Kind != manifest.KindSavedQuery {
		return true, nil
	}
	a, b := artifact.NodeDict(was, nil), artifact.NodeDict(now, nil)
	for _, key := range []string{"metrics", "group_by", "where"} {
		if !same(get(asDict(get(a, "query_params")), key), get(asDict(get(b, "query_params")), key)) {
			return false, nil
		}
	}
	return sameExports(get(a, "exports"), get(b, "exports")), nil
}

// sameOverloads compares the overloads of functions by what reaches the database.
func sameOverloads(was, now *manifest.Node) bool {
	a, b := artifact.NodeDict(was, nil), artifact.NodeDict(now, nil)
	return sameLists(get(a, "overloads"), get(b, "overloads"), func(a, b *value.Dict) bool {
		for _, key := range []string{"defined_in", "arguments", "returns", "raw_body"} {
			if !same(get(a, key), get(b, key)) {
				return false
			}
		}
		return true
	})
}

// sameExports compares the exports of saved queries by their names and by what
// their configuration says as written.
func sameExports(a, b value.Value) bool {
	return sameLists(a, b, func(a, b *value.Dict) bool {
		if !same(get(a, "name"), get(b, "name")) {
			return false
		}
		for _, key := range []string{"export_as", "schema", "alias"} {
			if !same(get(asDict(get(a, "unrendered_config")), key), get(asDict(get(b, "unrendered_config")), key)) {
				return false
			}
		}
		return true
	})
}

// sameLists compares two lists of maps; no list is an empty one.
func sameLists(a, b value.Value, equal func(a, b *value.Dict) bool) bool {
	var was, now []value.Value
	if l, ok := a.(*value.List); ok {
		was = l.Elems
	}
	if l, ok := b.(*value.List); ok {
		now = l.Elems
	}
	return slices.EqualFunc(was, now, func(x, y value.Value) bool { return equal(asDict(x), asDict(y)) })
}

// sameFields compares fields as the manifest shows them.
func sameFields(was, now *manifest.Node, keys ...string) bool {
	a, b := artifact.NodeDict(was, nil), artifact.NodeDict(now, nil)
	for _, key := range keys {
		if !same(get(a, key), get(b, key)) {
			return false
		}
	}
	return true
}
