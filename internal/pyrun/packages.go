package pyrun

import (
	"bufio"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed module/dex.py
var moduleFiles embed.FS

var moduleText = sync.OnceValue(func() []byte {
	b, err := moduleFiles.ReadFile("module/dex.py")
	if err != nil {
		panic("pyrun: the module dex is not embedded: " + err.Error())
	}
	return b
})

var moduleHash = sync.OnceValue(func() string {
	sum := sha256.Sum256(moduleText())
	return hex.EncodeToString(sum[:8])
})

// moduleDir is the folder with the module dex, and that of the job's program. It is
// kept between runs, so that Python compiles them once.
func (j *Job) moduleDir() string {
	name := moduleHash()
	if j.program != nil {
		sum := sha256.Sum256(j.program.Text)
		name += hex.EncodeToString(sum[:8])
	}
	return filepath.Join(j.Cache, "python", name)
}

// writeModules puts the modules into their folder, unless they are there.
func (j *Job) writeModules() error {
	if j.program != nil {
		if err := writeModule(filepath.Join(j.moduleDir(), j.program.Module+".py"), j.program.Text); err != nil {
			return err
		}
	}
	return writeModule(filepath.Join(j.moduleDir(), "dex.py"), moduleText())
}

func writeModule(path string, text []byte) error {
	if have, err := os.ReadFile(path); err == nil && string(have) == string(text) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("write the module dex: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), "dex-")
	if err != nil {
		return fmt.Errorf("write the module dex: %w", err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(text)
	err = errors.Join(err, tmp.Chmod(0o644), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write the module dex: %w", err)
	}
	return nil
}

// launch is how the script's Python is started.
type launch struct {
	python string // an interpreter; "" is uv
	uv     string
	inline string // of uv: the PEP 723 block that names packages and version
	module string // that runs the code; "" is dex, as an operation
}

// prepare finds the interpreter and installs what the script depends on.
func prepare(ctx context.Context, job *Job, log func(Line)) (*launch, error) {
	var err error
	if job.Cache, err = filepath.Abs(job.Cache); err != nil {
		return nil, err
	}
	if err := job.writeModules(); err != nil {
		return nil, err
	}
	if job.Interpreter != "" {
		return &launch{python: job.Interpreter}, nil
	}
	if len(job.Dependencies) > 0 {
		if uv := job.lookPath("uv"); uv != "" && !slices.ContainsFunc(job.Dependencies, isPath) {
			return &launch{uv: uv, inline: inlineBlock(job)}, nil
		}
	}
	python, err := job.interpreter(ctx)
	if err != nil {
		return nil, err
	}
	if len(job.Dependencies) > 0 {
		python, err = job.environment(ctx, python, log)
	}
	return &launch{python: python}, err
}

// inlineBlock is a PEP 723 block, as `uv run --script` reads it.
func inlineBlock(job *Job) string {
	var b strings.Builder
	b.WriteString("# /// script\n")
	if job.Python != "" {
		fmt.Fprintf(&b, "# requires-python = %q\n", versionCondition(job.Python))
	}
	b.WriteString("# dependencies = [\n")
	for _, d := range job.Dependencies {
		fmt.Fprintf(&b, "#   %q,\n", d)
	}
	b.WriteString("# ]\n# ///\n")
	return b.String()
}

// command writes the files that the process begins with into the private folder, and
// gives the command line. It holds no secret: the bridge's token is in a file that is
// removed once it is read.
func (l *launch) command(dir string, job *Job) ([]string, error) {
	start := l.inline + "import dex\ndex._run(" + pyText(dir) + ", " + pyText(job.Path) + ", " + pyText(l.module) + ")\n"
	for name, text := range map[string][]byte{"start.py": []byte(start), "code.py": job.Code} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return nil, fmt.Errorf("prepare %s: %w", job.Name, err)
		}
	}
	path := filepath.Join(dir, "start.py")
	if l.uv != "" {
		return []string{l.uv, "run", "--quiet", "--script", path}, nil
	}
	return []string{l.python, path}, nil
}

// pyText is a text as Python source has it.
func pyText(s string) string { return string(appendText(nil, s)) } // JSON's texts are Python's

// PackageError is a package that could not be installed.
type PackageError struct {
	Packages []string
	Output   string // the last that the installer said
	Err      error
}

func (e *PackageError) Error() string {
	return fmt.Sprintf("the packages of the script could not be installed (%s): %v\n%s", strings.Join(e.Packages, ", "), e.Err, e.Output)
}

// Unwrap gives the cause.
func (e *PackageError) Unwrap() error { return e.Err }

// complete is the file that says that an environment is whole.
const complete = "dex-complete"

// environment gives the interpreter of a virtual environment with the job's packages,
// below .dex/envs. It is made once for each set of packages and interpreter, under a
// lock; one that was left half-made is made anew.
func (j *Job) environment(ctx context.Context, python string, log func(Line)) (string, error) {
	version, err := j.probe(ctx, python)
	if err != nil {
		return "", err
	}
	root := filepath.Join(j.Cache, "envs")
	if err := os.MkdirAll(root, 0o755); err != nil {
		return "", fmt.Errorf("make the folder of virtual environments: %w", err)
	}
	env := filepath.Join(root, j.environmentHash(python, version))
	inside := filepath.Join(env, "bin", "python")
	if runtime.GOOS == "windows" {
		inside = filepath.Join(env, "Scripts", "python.exe")
	}
	if _, err := os.Stat(filepath.Join(env, complete)); err == nil {
		return inside, nil
	}
	say := func(text string) { log(Line{Text: text, Level: Info, Stream: "dex"}) }
	unlock, err := lockFile(ctx, env+".lock", func() { say("another process is installing the same packages: waiting for it") })
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(filepath.Join(env, complete)); err == nil {
		return inside, nil // made while we waited
	}
	if err := os.RemoveAll(env); err != nil {
		return "", fmt.Errorf("remove an environment that was left half-made: %w", err)
	}
	say(fmt.Sprintf("installing into %s for Python %s: %s", env, version, strings.Join(j.Dependencies, ", ")))
	start := time.Now()
	for i, args := range j.installation(ctx, python, env, inside) {
		if err := j.install(ctx, args, log); err != nil {
			return "", err
		}
		if i == 0 { // the environment is there, without its packages
			if err := j.layBehind(env); err != nil {
				return "", err
			}
		}
	}
	if err := os.WriteFile(filepath.Join(env, complete), []byte(strings.Join(j.Dependencies, "\n")+"\n"), 0o644); err != nil {
		return "", fmt.Errorf("finish the environment %s: %w", env, err)
	}
	say(fmt.Sprintf("installed in %.1fs", time.Since(start).Seconds()))
	return inside, nil
}

// layBehind has an environment find the packages of other folders behind its own; pip
// takes them for installed.
func (j *Job) layBehind(env string) error {
	if len(j.behind) == 0 {
		return nil
	}
	pattern := filepath.Join(env, "lib", "python*", "site-packages")
	if runtime.GOOS == "windows" {
		pattern = filepath.Join(env, "Lib", "site-packages")
	}
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		return fmt.Errorf("the environment %s has no folder for packages", env)
	}
	var b strings.Builder
	for _, folder := range j.behind {
		fmt.Fprintf(&b, "import site; site.addsitedir(%s)\n", pyText(folder))
	}
	return os.WriteFile(filepath.Join(found[0], "dex_behind.pth"), []byte(b.String()), 0o644)
}

// installation is how an environment is made. A pip of the interpreter's own that can
// install into another environment saves putting one into it, which takes seconds.
func (j *Job) installation(ctx context.Context, python, env, inside string) [][]string {
	pip := []string{inside, "-m", "pip", "install"}
	venv := []string{python, "-m", "venv", env}
	if j.pipVersion(ctx, python) >= 23 {
		pip = []string{python, "-m", "pip", "--python", inside, "install"}
		venv = []string{python, "-m", "venv", "--without-pip", env}
	}
	return [][]string{venv, append(append(pip, "--disable-pip-version-check", "--no-input"), j.Dependencies...)}
}

// pipVersion is the first number of the version of an interpreter's pip; 0 where it
// has none.
func (j *Job) pipVersion(ctx context.Context, python string) int {
	out, err := j.ask(ctx, python, "-c", "import pip; print(pip.__version__.split('.')[0])")
	if err != nil {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSpace(out))
	if err != nil {
		return 0
	}
	return n
}

// environmentHash names an environment. A package that is a file or folder of this
// machine counts with its size and time.
func (j *Job) environmentHash(python, version string) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\x00%s\x00", python, version)
	deps := slices.Sorted(slices.Values(j.Dependencies))
	if len(j.behind) > 0 {
		fmt.Fprintf(h, "behind %q\x00", j.behind)
	}
	for _, d := range deps {
		fmt.Fprintf(h, "%s\x00", d)
		if isPath(d) {
			path := d
			if !filepath.IsAbs(path) {
				path = filepath.Join(j.Dir, path)
			}
			if info, err := os.Stat(path); err == nil {
				fmt.Fprintf(h, "%d %d\x00", info.Size(), info.ModTime().UnixNano())
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// isPath reports whether a dependency is a file or a folder, which pip takes and a
// PEP 723 block does not.
func isPath(dependency string) bool {
	return strings.HasPrefix(dependency, ".") || filepath.IsAbs(dependency) || strings.HasSuffix(dependency, ".whl") && !strings.Contains(dependency, "@")
}

// installing are the variables that say where packages come from. The script does not
// get them.
var installing = []string{
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy",
	"SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NETRC", "SystemRoot", "TMPDIR",
}

// installerEnv is the environment of venv and pip.
func (j *Job) installerEnv() []string {
	env := append(j.variables(passed), j.variables(installing)...)
	for _, kv := range os.Environ() {
		if strings.HasPrefix(kv, "PIP_") || strings.HasPrefix(kv, "UV_") {
			env = append(env, kv)
		}
	}
	return env
}

// install runs one step of an installation; what it says goes to the log.
func (j *Job) install(ctx context.Context, args []string, log func(Line)) error {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = j.Dir, j.installerEnv(), 5*time.Second
	r, w := io.Pipe()
	cmd.Stdout, cmd.Stderr = w, w
	var last []string
	told := make(chan struct{})
	go func() {
		defer close(told)
		lines := bufio.NewReader(r)
		for {
			line, err := lines.ReadString('\n')
			if line = strings.TrimSpace(line); line != "" {
				line = cutText(line, 500)
				last = append(last[max(0, len(last)-tailLines+1):], line)
				log(Line{Text: line, Level: Debug, Stream: "dex"})
			}
			if err != nil {
				return
			}
		}
	}()
	err := cmd.Run()
	w.Close()
	<-told
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return &PackageError{j.Dependencies, strings.Join(last, "\n"), err}
	}
	return nil
}
