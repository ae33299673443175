package pymodel

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"dex/internal/pyrun"
)

// verdict makes an error of how the process ended; nil where it made its table.
func (p *process) verdict(err error) error {
	var failed *pyrun.Failed
	switch {
	case p.needs != "":
		return fmt.Errorf("%w: Python models need it, and %s has none: install it there (%s -m pip install %s), or name another Python in the environment variable DEX_PYTHON",
			ErrNoDuckDB, p.python, p.python, p.needs)
	case errors.As(err, &failed):
		return &Failed{
			Traceback: failed.Traceback,
			Line:      lineIn(failed.Traceback, p.job.Path, p.lines),
			Hint:      p.hint(failed),
		}
	case err != nil:
		return err
	case p.made.Table.Name == "":
		return &pyrun.ProtocolError{What: "the process of the model ended without a result (sys.exit?)"}
	}
	return nil
}

// hint says what may be done about an exception.
func (p *process) hint(f *pyrun.Failed) string {
	switch {
	case f.Type == "ModuleNotFoundError" && p.unmet != nil:
		return "The model's packages could not be installed: see the log. It ran in " + p.python + "."
	case f.Type == "ModuleNotFoundError":
		return "The model ran in " + p.python + ": install the module there, name another Python in the environment variable DEX_PYTHON, or list it in the model's `packages`."
	case strings.Contains(f.Message, "not suitable for replacement scans"):
		return "model() has to return a DuckDB relation, a data frame of pandas or polars, or an arrow table, dataset or reader."
	case strings.HasSuffix(f.Type, "Exception") && changing.MatchString(f.Traceback):
		return "A Python model reads the project's tables and makes tables of its own; what is in the project's it cannot change: a hook can."
	}
	return ""
}

// changing finds a statement, in the lines that a traceback shows, that changes a table.
var changing = regexp.MustCompile(`(?i)\b(insert\s+into|update|delete\s+from|alter\s+table|drop\s+table|merge\s+into|truncate)\b.*\n(.*\n)*.*(_duckdb|duckdb)\.\w*(Catalog|Binder)Exception`)

var framePattern = regexp.MustCompile(`(?m)^\s*File "(.+)", line (\d+)`)

// lineIn gives the last line of a traceback that is in a file of so many lines; 0 is
// none.
func lineIn(traceback, path string, count int) int {
	found := 0
	for _, m := range framePattern.FindAllStringSubmatch(traceback, -1) {
		if n, err := strconv.Atoi(m[2]); err == nil && m[1] == path && n <= count {
			found = n
		}
	}
	return found
}
