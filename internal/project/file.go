package project

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
	"unsafe"
)

// Kind is what a file is read for; it follows from folder and extension.
type Kind uint8

// The kinds of file, in the order in which dbt reads them.
const (
	Macro Kind = iota
	Model
	Snapshot
	Analysis
	SingularTest
	GenericTest
	Seed
	Doc
	Properties
	Fixture
	Function
	OSI // a document of Open Semantic Interchange
	kindCount
	// Files that dex alone reads. They are not among a package's Files, nor in the
	// parsing cache.
	Operation
	OperationProperties
	allKinds
)

var kindNames = [allKinds]string{
	"macro", "model", "snapshot", "analysis", "singular_test", "generic_test", "seed", "docs", "schema", "fixture", "function", "osi",
	Operation: "operation", OperationProperties: "operation properties",
}

// Kinds lists dbt's kinds.
func Kinds() []Kind {
	out := make([]Kind, kindCount)
	for k := range out {
		out[k] = Kind(k)
	}
	return out
}

// String is dbt's name of the kind.
func (k Kind) String() string { return kindNames[k] }

// Checksum identifies a file's contents; Name is the method: "sha256", or "path"
// for a seed too large to read.
type Checksum struct{ Name, Hex string }

// File is a file of a package. Its fields do not change after Load.
type File struct {
	Package *Package
	Kind    Kind
	// Path is SearchPath and Rel joined: below the package's folder, with forward
	// slashes. dbt: original_file_path.
	Path string
	// SearchPath is the resource path as dbt_project.yml has it.
	SearchPath string
	// Rel is below SearchPath.
	Rel string
	// Abs is where the file lies; the same as Path in a built-in package.
	Abs      string
	Size     int64
	ModTime  time.Time
	Checksum Checksum

	read     sync.Once
	contents string
	lead     int
	err      error
}

// Contents is the file's text without white space at both ends, as dbt stores
// it; read when first asked for. A seed's is not kept: read it from Open.
func (f *File) Contents() (string, error) {
	f.read.Do(f.load)
	return f.contents, f.err
}

// LeadingLines is the number of lines that Contents leaves out at the start:
// what to add to a line number in Contents to get the file's own. It is 0
// before Contents was called.
func (f *File) LeadingLines() int { return f.lead }

// Open opens the file as it is.
func (f *File) Open() (fs.File, error) {
	if f.Package.fsys != nil {
		return f.Package.fsys.Open(f.Path)
	}
	return os.Open(f.Abs)
}

func (f *File) load() {
	src, err := f.bytes()
	if err != nil {
		f.err = err
		return
	}
	f.contents, f.lead, f.err = decodeText(f.Path, src)
}

func (f *File) bytes() ([]byte, error) {
	if f.Package.fsys != nil {
		return fs.ReadFile(f.Package.fsys, f.Path)
	}
	return os.ReadFile(f.Abs)
}

// decodeText strips a file's text; lead is the number of line breaks stripped
// from its start. dbt reads nothing but UTF-8.
func decodeText(path string, src []byte) (text string, lead int, err error) {
	if !utf8.Valid(src) {
		return "", 0, fmt.Errorf("%s is not UTF-8 text", path)
	}
	whole := unsafe.String(unsafe.SliceData(src), len(src)) // nobody else has src
	text = strings.TrimLeftFunc(whole, pythonSpace)
	lead = strings.Count(whole[:len(whole)-len(text)], "\n")
	return strings.TrimRightFunc(text, pythonSpace), lead, nil
}

// pythonSpace is Python's str.isspace for a character.
func pythonSpace(r rune) bool {
	return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f
}

// sum is the checksum of a file's text. dbt: every run of white space counts as
// one blank, so that formatting does not count as a change.
func sum(text string) Checksum {
	h := sha256.New()
	var buf [4096]byte
	n := 0
	blank := false // the last character was white space
	for i := 0; i < len(text); {
		if n > len(buf)-utf8.UTFMax {
			h.Write(buf[:n])
			n = 0
		}
		c := text[i]
		size := 1
		space := asciiSpace[c]
		if c >= utf8.RuneSelf {
			var r rune
			r, size = utf8.DecodeRuneInString(text[i:])
			space = pythonSpace(r)
		}
		switch {
		case space:
			if !blank {
				buf[n] = ' '
				n++
			}
		case size == 1:
			buf[n] = c
			n++
		default:
			n += copy(buf[n:], text[i:i+size])
		}
		blank = space
		i += size
	}
	h.Write(buf[:n])
	return hexSum(h)
}

var asciiSpace = func() (t [256]bool) {
	for c := range utf8.RuneSelf {
		t[c] = pythonSpace(rune(c))
	}
	return t
}()

// seedSum is the checksum of a seed: its text without white space at both ends
// and with every line break as \n.
func seedSum(path string, src []byte) (Checksum, error) {
	text, _, err := decodeText(path, src)
	if err != nil {
		return Checksum{}, err
	}
	h := sha256.New()
	if strings.IndexByte(text, '\r') >= 0 {
		text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	}
	h.Write([]byte(text))
	return hexSum(h), nil
}

func hexSum(h hash.Hash) Checksum {
	return Checksum{Name: "sha256", Hex: hex.EncodeToString(h.Sum(nil))}
}
