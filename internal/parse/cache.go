package parse

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/pack"
	"dex/internal/project"
)

// CacheFile is the name of the parsing cache in the target folder.
const CacheFile = "partial_parse.dexcache"

// Cache is what the last parse of a project left behind. Three ways lead from it
// to a manifest: the whole of it where nothing changed (resume.go), the whole of
// it with some bodies exchanged (bodies.go), and a parse as ever that takes what
// single files gave from it (memo.go). Each gives what a parse without a cache
// gives.
type Cache struct {
	// ReadOnly keeps the cache as it was found: for those who only look.
	ReadOnly bool
	// Secret finds texts that must not be written; nil finds none. A parse that has met
	// one leaves no cache.
	Secret func([]byte) bool

	path, build string
	unfit       []string
	r           *pack.Reader // nil where there is nothing to go by
	head        cacheHead
	files       []cachedFile
	byKey       map[fileKey]*cachedFile
	opened      time.Time
	way         Way
	before, sum uint32 // of the file as it was found and as it is now
	touched     map[manifest.ID]bool
}

// Way is how a parse came by its manifest.
type Way string

// The ways of a parse.
const (
	Anew      Way = "anew"      // nothing of an earlier parse was of use
	Resumed   Way = "resumed"   // nothing had changed
	Exchanged Way = "exchanged" // texts of single nodes were exchanged
	Patched   Way = "patched"   // all was put together again, single files were not
	Failed    Way = "failed"    // the project has errors: the cache stays as it was
)

// Sums tells states of the project apart: that of the last parse and that of this
// one; 0 where there is none that the cache knows.
func (c *Cache) Sums() (before, now uint32) { return c.before, c.sum }

// Touched reports nodes that differ from those of the last parse, or whose
// parents or children do, where the way was Resumed or Exchanged.
func (c *Cache) Touched(id manifest.ID) bool { return c.touched[id] }

// Stats tells how much the project held when the cache was written.
func (c *Cache) Stats() []manifest.Stat { return c.head.Stats }

// Unfit tells why the last parse is of no use as a whole, in the words that dbt has
// for it: there was none, it was another program's, or settings changed. Empty where
// only files did, or where an earlier result was not wanted.
func (c *Cache) Unfit() []string { return c.unfit }

// Way tells how the parse that used c came by its manifest.
func (c *Cache) Way() Way { return c.way }

// The sections of the cache file.
const (
	headSection pack.Section = iota
	fileSection
	macroFileSection // what a macro file gave, by file
	propertySection  // what a properties file says, by file
	noteSection      // what rendering a draft gave
	macroSection
	docSection
	groupSection
	nodeSection // all enabled nodes, by ID
	disabledSection
	againSection // one record: the nodes that properties configure again
)

// cacheHead says what the cache holds and under which circumstances it is good.
type cacheHead struct {
	Whole  bool   // the manifest is in it
	Scene  string // sum of the settings
	Parts  sceneParts
	Macros string // sum of the macros' names
	Salt   string
	Env    []envRead
	// Flags sums up the command's flags, which count where a template read them.
	Flags      string
	ReadsFlags bool
	Faults     diag.List
	Dated      bool // some node has a deprecation date: its warnings depend on the clock

	Project, Adapter string
	NodePackageFirst bool
	OnStart, OnEnd   []manifest.ID
	Semantic, Spines []manifest.ID
	Selectors        *value.Dict
	Stats            []manifest.Stat
	Full             int // size of the file when it was last written anew
}

// envRead is an environment variable that a template asked for. The cache keeps
// no values, only their salted sums; empty is a variable that was not set.
type envRead struct{ Name, Sum string }

func (e *envRead) code(c *pack.Coder) {
	pack.Text(c, &e.Name)
	pack.Text(c, &e.Sum)
}

func (h *cacheHead) code(c *pack.Coder) {
	c.Bool(&h.Whole)
	pack.Text(c, &h.Scene)
	pack.Text(c, &h.Parts.vars)
	pack.Text(c, &h.Parts.target)
	pack.Text(c, &h.Parts.projects)
	pack.Text(c, &h.Macros)
	pack.Text(c, &h.Salt)
	pack.List(c, &h.Env, func(c *pack.Coder, e *envRead) { e.code(c) })
	pack.Text(c, &h.Flags)
	c.Bool(&h.ReadsFlags)
	pack.List(c, (*[]diag.Diagnostic)(&h.Faults), (*pack.Coder).Diagnostic)
	c.Bool(&h.Dated)
	pack.Text(c, &h.Project)
	pack.Text(c, &h.Adapter)
	c.Bool(&h.NodePackageFirst)
	pack.Texts(c, &h.OnStart)
	pack.Texts(c, &h.OnEnd)
	pack.Texts(c, &h.Semantic)
	pack.Texts(c, &h.Spines)
	c.Dict(&h.Selectors)
	pack.List(c, &h.Stats, func(c *pack.Coder, s *manifest.Stat) {
		pack.Text(c, &s.Of)
		c.Int(&s.N)
	})
	c.Int(&h.Full)
}

// fileKey names a file of the project in one of its roles.
type fileKey struct {
	pkg  string
	kind project.Kind
	path string
}

func keyOf(f *project.File) fileKey { return fileKey{f.Package.Name, f.Kind, f.Path} }

// cachedFile is a file as the last parse met it.
type cachedFile struct {
	fileKey
	size, mtime int64
	sum         project.Checksum
	// exact is a sum of the text as it stands: dbt's checksum does not see white
	// space. Empty for a seed, of which nothing but the checksum counts.
	exact string
	// macros and properties are the file's records in their sections, from 1; 0 is
	// none.
	macros, properties int
}

// untrusted is the time of a file that was changed so shortly before it was read
// that a second change might bear the same time.
const untrusted = -1

// settled is how long a file has to be left alone for its time to be trusted:
// more than a tick of the clock that file systems take their times from.
const settled = 50 * time.Millisecond

func (f *cachedFile) code(c *pack.Coder) {
	kind := int(f.kind)
	pack.Text(c, &f.pkg)
	c.Int(&kind)
	f.kind = project.Kind(kind)
	pack.Text(c, &f.path)
	c.Int64(&f.size)
	c.Int64(&f.mtime)
	pack.Text(c, &f.sum.Name)
	pack.Text(c, &f.sum.Hex)
	pack.Text(c, &f.exact)
	c.Int(&f.macros)
	c.Int(&f.properties)
}

// OpenCache opens the parsing cache that a build of dex left at path. One that
// is missing, of another build or damaged is as good as empty. reuse is false
// where an earlier result is not wanted: the cache is only written then.
func OpenCache(path, build string, reuse bool) (*Cache, error) {
	c := &Cache{path: path, build: build, opened: time.Now()}
	if !reuse {
		return c, nil
	}
	r, err := pack.Open(path, build)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.unfit = []string{"saved manifest not found. Starting full parse."}
		return c, nil
	case errors.Is(err, pack.ErrStale):
		c.unfit = []string{"of a version mismatch"}
		return c, nil
	case err != nil:
		return c, err
	}
	if err := c.read(r); err != nil {
		return &Cache{path: path, build: build, opened: c.opened}, err
	}
	return c, nil
}

func (c *Cache) read(r *pack.Reader) error {
	code := r.Coder()
	if err := code.Read(headSection, 0, c.head.code); err != nil {
		return err
	}
	c.files = make([]cachedFile, r.Len(fileSection))
	c.byKey = make(map[fileKey]*cachedFile, len(c.files))
	for i := range c.files {
		f := &c.files[i]
		if err := code.Read(fileSection, i, f.code); err != nil {
			return err
		}
		c.byKey[f.fileKey] = f
	}
	c.r = r
	c.before = r.Sum()
	return nil
}

// Known tells a file's checksum where the file is as the last parse met it, for
// project.Options. It is safe for concurrent use.
func (c *Cache) Known(f *project.File) (project.Checksum, bool) {
	if had := c.byKey[keyOf(f)]; had != nil && had.untouched(f) {
		return had.sum, true
	}
	return project.Checksum{}, false
}

func (f *cachedFile) untouched(now *project.File) bool {
	return f.mtime != untrusted && f.size == now.Size && f.mtime == now.ModTime.UnixNano()
}

// same reports whether a file says what it said; it may have been written anew.
func (f *cachedFile) same(now *project.File) bool {
	if f.untouched(now) {
		return true
	}
	if f.kind == project.Seed {
		return f.sum == now.Checksum && f.sum.Name == "sha256"
	}
	return f.sum == now.Checksum && f.exact == exactSum(now)
}

// exactSum sums up a file's text as it stands; empty where there is none.
func exactSum(f *project.File) string {
	if f.Kind == project.Seed {
		return ""
	}
	text, err := f.Contents()
	if err != nil {
		return ""
	}
	h := sha256.New()
	var buf [4096]byte
	h.Write([]byte{byte(f.LeadingLines()), byte(f.LeadingLines() >> 8)})
	for len(text) > 0 {
		n := copy(buf[:], text)
		h.Write(buf[:n])
		text = text[n:]
	}
	return string(h.Sum(nil)[:16])
}

// lastTime gives a file of the project as the last parse met it, where it says
// the same; nil otherwise.
func (p *parser) lastTime(f *project.File) *cachedFile {
	if p.cache == nil || p.cache.r == nil {
		return nil
	}
	if had := p.cache.byKey[keyOf(f)]; had != nil && had.same(f) {
		return had
	}
	return nil
}

func sumOf(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}

// flagsSum sums up the command's flags.
func (p *parser) flagsSum() (string, error) {
	sum, err := pack.Digest(func(c *pack.Coder) {
		c.Dict(&p.inv.Flags)
		c.Dict(&p.inv.Args)
	})
	return sumOf(string(sum)), err
}

// macroNames sums up which macros there are, so that the same names find the
// same ones.
func macroNames(m *manifest.Manifest) string {
	var b strings.Builder
	for _, id := range manifest.SortedIDs(m.Macros) {
		b.WriteString(string(id))
		b.WriteByte('\n')
	}
	return sumOf(b.String())
}

// envSum sums up the value of an environment variable.
func envSum(salt string, v *string) string {
	if v == nil {
		return ""
	}
	h := hmac.New(sha256.New, []byte(salt))
	h.Write([]byte(*v))
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func newSalt() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// envReads lists variables with the sums of their values.
func envReads(salt string, env map[string]*string) []envRead {
	var out []envRead
	for _, name := range slices.Sorted(maps.Keys(env)) {
		out = append(out, envRead{name, envSum(salt, env[name])})
	}
	return out
}

// asBefore reports whether environment variables have the values that they had.
func (p *parser) asBefore(salt string, reads []envRead) bool {
	for _, e := range reads {
		var now *string
		if v, ok := p.inv.Env(e.Name); ok {
			now = &v
		}
		if envSum(salt, now) != e.Sum {
			return false
		}
	}
	return true
}

// env gives the present values of variables that were read before.
func (p *parser) env(reads []envRead) map[string]*string {
	out := make(map[string]*string, len(reads))
	for _, e := range reads {
		out[e.Name] = nil
		if v, ok := p.inv.Env(e.Name); ok {
			out[e.Name] = &v
		}
	}
	return out
}

// allFiles lists the project's files in the order in which the cache keeps them.
func (p *parser) allFiles() []*project.File {
	var out []*project.File
	for _, pkg := range p.proj.Packages {
		for _, k := range project.Kinds() {
			out = append(out, pkg.Files(k)...)
		}
	}
	return out
}
