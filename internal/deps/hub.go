package deps

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/project"
	"dex/internal/semver"
)

// defaultHub is where dbt looks for packages.
const defaultHub = "https://hub.getdbt.com/"

// hubURL is the hub to ask: DEX_PACKAGE_HUB_URL, or dbt's variables.
func hubURL(env func(string) (string, bool)) string {
	for _, name := range []string{"DEX_PACKAGE_HUB_URL", "DBT_ENGINE_PACKAGE_HUB_URL", "DBT_PACKAGE_HUB_URL"} {
		if v, ok := env(name); ok && v != "" {
			return strings.TrimSuffix(v, "/") + "/"
		}
	}
	return defaultHub
}

// hub is an index of packages and their versions. Each is asked for once.
type hub struct {
	in    *installer
	base  string
	index []string // nil before it was asked for
	known map[string]*hubPackage
}

// hubPackage is what the hub says of a package.
type hubPackage struct {
	Name              string                `json:"name"`
	Namespace         string                `json:"namespace"`
	RedirectName      string                `json:"redirectname"`
	RedirectNamespace string                `json:"redirectnamespace"`
	Versions          map[string]hubVersion `json:"versions"`

	order []string // of Versions, as the hub lists them
}

// hubVersion is one version of it. Hash is the sha1 of the archive that the hub
// saw; "" where it names none.
type hubVersion struct {
	Name       string          `json:"name"`
	Packages   json.RawMessage `json:"packages"`
	RequireDbt json.RawMessage `json:"require_dbt_version"`
	Downloads  struct {
		Tarball string `json:"tarball"`
		Hash    string `json:"sha1"`
	} `json:"downloads"`
}

// listed reports whether the hub has a package of that name.
func (h *hub) listed(ctx context.Context, name string) (bool, error) {
	if h.index == nil {
		err := h.in.get.json(ctx, h.base+"api/v1/index.json", true, func(body []byte) error {
			var names []string
			if err := json.Unmarshal(body, &names); err != nil {
				return fmt.Errorf("Request error: The response of the package index is no list of names: %w", err) //nolint:staticcheck // like dbt's
			}
			h.index = slices.Grow(names, 1)
			return nil
		})
		if err != nil {
			return false, err
		}
	}
	return slices.Contains(h.index, name), nil
}

// ask gives what the hub says of a package.
func (h *hub) ask(ctx context.Context, name string) (*hubPackage, error) {
	if p, ok := h.known[name]; ok {
		return p, nil
	}
	var p *hubPackage
	err := h.in.get.json(ctx, h.base+"api/v1/"+name+".json", false, func(body []byte) (err error) {
		p, err = readHubPackage(body)
		return err
	})
	if err != nil {
		return nil, err
	}
	h.known[name] = p
	return p, h.redirected(name, p)
}

func readHubPackage(body []byte) (*hubPackage, error) {
	var keys struct {
		Name     json.RawMessage `json:"name"`
		Versions json.RawMessage `json:"versions"`
	}
	var p hubPackage
	if err := json.Unmarshal(body, &keys); err != nil {
		return nil, fmt.Errorf("Request error: Expected a response type of <dict>: %w", err) //nolint:staticcheck // dbt's words
	}
	if keys.Name == nil || keys.Versions == nil {
		return nil, fmt.Errorf("Request error: Expected the response to contain keys {'name', 'versions'}") //nolint:staticcheck // dbt's words
	}
	if err := json.Unmarshal(body, &p); err != nil {
		return nil, fmt.Errorf("Request error: %w", err) //nolint:staticcheck // dbt's words
	}
	ordered, err := value.ParseJSON(keys.Versions)
	if d, ok := ordered.(*value.Dict); ok && err == nil {
		d.Each(func(k, _ value.Value) bool { p.order = append(p.order, value.ToStr(k)); return true })
	}
	for version, v := range p.Versions {
		if v.Name == "" || v.Downloads.Tarball == "" {
			return nil, fmt.Errorf("Request error: Expected version %s to contain keys {'downloads', 'name', 'packages'}", version) //nolint:staticcheck // like dbt's
		}
	}
	return &p, nil
}

// redirected warns of a package that goes by another name now.
func (h *hub) redirected(name string, p *hubPackage) error {
	if p.RedirectName == "" && p.RedirectNamespace == "" {
		return nil
	}
	space, last := p.RedirectNamespace, p.RedirectName
	if space == "" {
		space = p.Namespace
	}
	if last == "" {
		last = p.Name
	}
	return h.in.o.Warn(event.PackageRedirectDeprecation{OldName: name, NewName: space + "/" + last})
}

// takes reports whether a version of a package can be used with a version of dbt.
func (v *hubVersion) takes(dbt semver.Spec) (bool, error) {
	var texts []string
	if len(v.RequireDbt) > 0 {
		var one string
		if err := json.Unmarshal(v.RequireDbt, &texts); err != nil {
			if err := json.Unmarshal(v.RequireDbt, &one); err == nil && one != "" {
				texts = strings.Split(one, ",")
			}
		}
	}
	specs, err := semver.ParseAll(texts)
	if err != nil {
		return false, err
	}
	return semver.Compatible(append([]semver.Spec{dbt}, specs...)...), nil
}

// usable lists the versions of a package that the version of dbt can use, lowest
// first.
func (h *hub) usable(p *hubPackage, prereleases bool) ([]string, error) {
	var versions []string
	if h.in.o.Version == "" {
		return semver.Installable(p.order, prereleases)
	}
	dbt, err := semver.Parse(h.in.o.Version)
	if err != nil {
		return nil, err
	}
	for _, version := range p.order {
		v := p.Versions[version]
		ok, err := v.takes(dbt)
		if err != nil {
			return nil, err
		}
		if ok {
			versions = append(versions, version)
		}
	}
	return semver.Installable(versions, prereleases)
}

// pin settles which version a request comes to: the highest that all agree on.
func (h *hub) pin(ctx context.Context, r *request) (pinned, error) {
	ok, err := h.listed(ctx, r.name)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, &hintedError{fmt.Sprintf("Package %s was not found in the package index", r.name), nearName(r.name, h.index)}
	}
	within, err := semver.Reduce(r.versions...)
	if err != nil {
		return nil, fmt.Errorf("Version error for package %s: %w", r.name, err) //nolint:staticcheck // dbt's words
	}
	p, err := h.ask(ctx, r.name)
	if err != nil {
		return nil, err
	}
	pre := r.prereleases || slices.ContainsFunc(r.versions, semver.Spec.Prerelease)
	usable, err := h.usable(p, pre)
	if err != nil {
		return nil, err
	}
	version, err := within.Latest(usable)
	if err != nil {
		return nil, err
	}
	if version == "" {
		return nil, notFound(r.name, within, usable, h.in.o.Version != "")
	}
	return &hubPinned{in: h.in, r: r, version: version, latest: usable[len(usable)-1], of: p}, nil
}

func notFound(name string, within semver.Range, usable []string, checked bool) error {
	list := "[]"
	if len(usable) > 0 {
		list = "['" + strings.Join(usable, "', '") + "']"
	}
	msg := fmt.Sprintf("Could not find a matching compatible version for package %s\n  Requested range: %s\n  Compatible versions: %s\n", name, within, list)
	if checked {
		msg += "\n  Not shown: package versions incompatible with installed version of dbt-core\n  To include them, run 'dbt --no-version-check deps'"
	}
	return fmt.Errorf("%s", msg)
}

// hubPinned is one version of a package of the hub.
type hubPinned struct {
	in              *installer
	r               *request
	version, latest string
	of              *hubPackage
}

func (p *hubPinned) key() string               { return "package " + p.r.name + " " + p.version }
func (p *hubPinned) asked() project.Dependency { return p.r.from }
func (p *hubPinned) label() string             { return p.r.name }
func (p *hubPinned) shown() string             { return "version " + p.version }
func (p *hubPinned) newest() (string, bool)    { return p.latest, p.latest == p.version }

// metadata is what the hub says: the archive need not be fetched for it.
func (p *hubPinned) metadata(context.Context) (metadata, error) {
	v := p.of.Versions[p.version]
	m := metadata{name: v.Name}
	if len(v.Packages) > 0 {
		nested, err := value.ParseJSON(v.Packages)
		if err != nil {
			return m, fmt.Errorf("read the packages of %s: %w", p.r.name, err)
		}
		list, _ := nested.(*value.List)
		if list == nil {
			list = value.NewList()
		}
		for _, e := range list.Elems {
			d, reason := project.NewDependency(e, e)
			if reason != "" {
				return m, fmt.Errorf("Package %s asks for a package in a way that is not known: %s", p.r.name, reason) //nolint:staticcheck // shown as it stands
			}
			d.Pos, d.Line = p.r.from.Pos, p.r.from.Line
			m.packages = append(m.packages, d)
		}
	}
	return m, p.in.checkFolderName(m.name)
}

func (p *hubPinned) install(ctx context.Context, dest string) (bool, error) {
	v := p.of.Versions[p.version]
	return false, p.in.hubTarball(ctx, v.Downloads.Tarball, dest, func(sum string) error {
		if v.Downloads.Hash == "" || strings.EqualFold(v.Downloads.Hash, sum) {
			return nil
		}
		if err := p.in.o.Warn(event.PackageHashMismatch{PackageName: p.r.name, Want: v.Downloads.Hash, Got: sum}); err != nil {
			return refused("%s", err)
		}
		return nil
	})
}

func (p *hubPinned) entry() (*value.Dict, error) {
	return newEntry("package", p.r.name, "version", p.version), nil
}
