package pyrun

import (
	"context"
	"fmt"
	"os"
	"strings"

	"dex/internal/jinja/value"
)

// Program is a module of Python that runs a job's code, where that is no operation.
type Program struct {
	// Module is its name, Text what it says. Its function _main(source, path) is
	// called with the job's code; it asks by _ask of the module dex.
	Module string
	Text   []byte
	// Answers are what it may ask for, beside lines of the log.
	Answers map[string]Answer
	// Log takes what the code prints, and what dex has to say of it. It may be called
	// while an answer is being found.
	Log func(Line)
}

// Answer does what a program asks for. An error reaches it as an exception; one of
// the types that Run gives ends it.
type Answer func(ctx context.Context, args *value.Dict) (value.Value, error)

// RunProgram runs a job's code in a program of dex's. It ends as Run does, with the
// same errors.
func RunProgram(ctx context.Context, job Job, p Program) error {
	talk := speech{log: p.Log, requests: map[string]request{"log": tellLog, "failed": tellFailed, "bye": askBye}}
	for name, answer := range p.Answers {
		talk.requests[name] = func(ctx context.Context, x *exchange) error {
			v, err := answer(ctx, x.args)
			if err != nil {
				return err
			}
			return x.reply(v)
		}
	}
	job.program = &p
	return job.run(ctx, p.Module, talk)
}

// Interpreter gives the Python that a job runs on where it has no dependencies.
// Errors: *InterpreterError, ctx's cause.
func Interpreter(ctx context.Context, job *Job) (string, error) {
	if job.Interpreter != "" {
		return job.Interpreter, nil
	}
	if job.Getenv == nil {
		job.Getenv = os.LookupEnv
	}
	return job.interpreter(ctx)
}

// Layered gives the Python of a virtual environment that has the job's dependencies,
// with all that the interpreter has behind them. Where the interpreter has them
// already, it is the interpreter itself. Environments are kept below Cache. Errors:
// *PackageError, *InterpreterError, ctx's cause.
func Layered(ctx context.Context, job *Job, log func(Line)) (string, error) {
	python, err := Interpreter(ctx, job)
	if err != nil {
		return "", err
	}
	own, err := job.siteOf(ctx, python)
	if err != nil {
		return "", err
	}
	if len(own.lacking) == 0 {
		return python, nil
	}
	layered := *job
	layered.behind = own.folders
	return layered.environment(ctx, python, log)
}

// site is what an interpreter has installed.
type site struct {
	lacking []string // of the job's dependencies
	folders []string
}

// siteScript prints the folders of an interpreter's packages, an empty line, and
// which of its arguments, as pip takes them, are not installed there. What it cannot
// judge counts as not installed.
const siteScript = `
import os, sys
print("\n".join(p for p in sys.path if os.path.isdir(p) and os.path.basename(p) in ("site-packages", "dist-packages")))
print()
from importlib import metadata
try:
    from packaging.requirements import Requirement
except ImportError:
    try:
        from pip._vendor.packaging.requirements import Requirement
    except ImportError:
        Requirement = None
def there(text):
    try:
        if Requirement is None:
            metadata.version(text.strip())
            return True
        r = Requirement(text)
        if r.marker is not None and not r.marker.evaluate():
            return True
        return not r.url and not r.extras and r.specifier.contains(metadata.version(r.name), prereleases=True)
    except Exception:
        return False
for text in sys.argv[1:]:
    if not there(text):
        print(text)
`

func (j *Job) siteOf(ctx context.Context, python string) (site, error) {
	out, err := j.ask(ctx, python, append([]string{"-c", siteScript}, j.Dependencies...)...)
	if err != nil {
		return site{}, &InterpreterError{fmt.Sprintf("%s does not run: %v", python, err)}
	}
	var s site
	to := &s.folders
	for line := range strings.Lines(out) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			to = &s.lacking
			continue
		}
		*to = append(*to, line)
	}
	return s, nil
}
