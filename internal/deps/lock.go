package deps

import (
	"crypto/sha1" //nolint:gosec // dbt's choice; it tells files apart and guards nothing
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"dex/internal/jinja/value"
	"dex/internal/project"
	"dex/internal/yamldoc"
)

// lockFile is the name of the file that pins what packages.yml resolves to.
const lockFile = "package-lock.yml"

// hash identifies what packages.yml asks for, as dbt computes it: dex and dbt
// keep each other's lock files.
func hash(list []project.Dependency) string {
	lines := make([]string, len(list))
	for i, d := range list {
		entry := d.Spec.Clone()
		entry.SetStr("unrendered", d.Raw)
		b, err := value.AppendJSON(nil, entry, value.JSONOptions{EnsureASCII: true, SortKeys: true, Default: asText})
		if err != nil {
			panic(fmt.Sprintf("deps: an entry of packages.yml is no JSON: %v", err)) // asText leaves nothing over
		}
		lines[i] = string(b)
	}
	slices.Sort(lines)
	sum := sha1.Sum([]byte(strings.Join(lines, "\n"))) //nolint:gosec // see above
	return hex.EncodeToString(sum[:])
}

// asText stands in for what JSON has no form for, such as a date.
func asText(v value.Value) (value.Value, error) { return value.Str(value.ToStr(v)), nil }

// writeLock writes package-lock.yml, whole or not at all.
func writeLock(path string, packages []found, asked []project.Dependency) error {
	var b strings.Builder
	b.WriteString("packages:\n")
	for _, p := range packages {
		fmt.Fprintf(&b, "  - local: %s\n    name: %s\n", scalar(p.source), scalar(p.name))
	}
	fmt.Fprintf(&b, "sha1_hash: %s\n", scalar(hash(asked)))
	temp, err := os.CreateTemp(filepath.Dir(path), ".package-lock-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", lockFile, err)
	}
	defer os.Remove(temp.Name()) //nolint:errcheck // gone after the rename
	_, err = temp.WriteString(b.String())
	if e := temp.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Chmod(temp.Name(), 0o644) //nolint:gosec // a file of the project
	}
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", lockFile, err)
	}
	return nil
}

// scalar writes text for YAML: plain where it reads back as the same text, else
// in quotes.
func scalar(s string) string {
	if doc, faults := yamldoc.Decode("", []byte("k: "+s+"\n")); len(faults) == 0 {
		if d, ok := doc.Value.(*value.Dict); ok {
			if v, ok := d.GetStr("k"); ok && d.Len() == 1 && v == value.Str(s) && !strings.ContainsAny(s[:1], `'"|>`) {
				return s
			}
		}
	}
	if strings.ContainsAny(s, "\n\r\t") {
		return strconv.QuoteToASCII(s)
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}
