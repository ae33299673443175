package lint

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

// Baseline is the findings that a project has accepted: a lint fails on others
// alone. It does not tell lines, so that a finding stays accepted while the file
// around it changes; a finding whose own text changes is a new one.
type Baseline struct {
	Version  int        `json:"version"`
	Findings []Accepted `json:"findings"`
}

// Accepted is one kind of finding in one file, as often as it stands there.
type Accepted struct {
	Rule        string `json:"rule"`
	File        string `json:"file"`
	Fingerprint string `json:"fingerprint"`
	Count       int    `json:"count"`
}

// baselineVersion is the form of the file.
const baselineVersion = 1

// Fingerprint tells a finding from others whatever its line is: rule, file and text
// without its white space.
func (f *Finding) Fingerprint() string {
	sum := sha256.Sum256([]byte(f.Rule + "\x00" + f.Pos.File + "\x00" + f.Event + "\x00" + strings.Join(strings.Fields(f.Text), " ")))
	return hex.EncodeToString(sum[:8])
}

// NewBaseline accepts findings.
func NewBaseline(found []Finding) *Baseline {
	b := &Baseline{Version: baselineVersion, Findings: []Accepted{}}
	at := map[string]int{}
	for i := range found {
		print := found[i].Fingerprint()
		if k, ok := at[print]; ok {
			b.Findings[k].Count++
			continue
		}
		at[print] = len(b.Findings)
		b.Findings = append(b.Findings, Accepted{found[i].Rule, found[i].Pos.File, print, 1})
	}
	return b
}

// ReadBaseline reads a baseline file. One that is not there is an error that
// os.IsNotExist knows.
func ReadBaseline(path string) (*Baseline, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	b := &Baseline{}
	if err := json.Unmarshal(src, b); err != nil {
		return nil, fmt.Errorf("read the baseline %s: %w", path, err)
	}
	if b.Version != baselineVersion {
		return nil, fmt.Errorf("read the baseline %s: its version is %d, this dex knows %d; write it anew with --write-baseline", path, b.Version, baselineVersion)
	}
	return b, nil
}

// JSON is the text of the file.
func (b *Baseline) JSON() ([]byte, error) {
	out, err := json.MarshalIndent(b, "", "  ")
	return append(out, '\n'), err
}

// New gives the findings that the baseline has not accepted, and what it has
// accepted that is no longer found.
func (b *Baseline) New(found []Finding) (fresh []Finding, gone []Accepted) {
	left := map[string]int{}
	for _, a := range b.Findings {
		left[a.Fingerprint] += a.Count
	}
	for i := range found {
		if print := found[i].Fingerprint(); left[print] > 0 {
			left[print]--
			continue
		}
		fresh = append(fresh, found[i])
	}
	for _, a := range b.Findings {
		if left[a.Fingerprint] >= a.Count {
			gone = append(gone, a)
		}
	}
	return fresh, slices.Clip(gone)
}
