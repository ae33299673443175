package pyrun

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"dex/internal/jinja/value"
)

// wheel makes a wheel of a package with one module, which pip installs without a network.
func wheel(t *testing.T, dir, name, version, code string) string {
	t.Helper()
	path := filepath.Join(dir, fmt.Sprintf("%s-%s-py3-none-any.whl", name, version))
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z := zip.NewWriter(f)
	info := fmt.Sprintf("%s-%s.dist-info/", name, version)
	for _, file := range [][2]string{
		{name + ".py", code},
		{info + "METADATA", "Metadata-Version: 2.1\nName: " + name + "\nVersion: " + version + "\n"},
		{info + "WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"},
		{info + "RECORD", name + ".py,,\n" + info + "METADATA,,\n" + info + "WHEEL,,\n" + info + "RECORD,,\n"},
	} {
		w, err := z.Create(file[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(file[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return "./" + filepath.Base(path)
}

// TestEnvironmentOfPackages: two runs at once make one environment; a third finds it; one
// left half-made, and one whose package changed, are made anew.
func TestEnvironmentOfPackages(t *testing.T) {
	j := job(t, "import dex, dex_test_greeting as g\ndex.result(g.TEXT)")
	j.Cache = filepath.Join(t.TempDir(), ".dex")
	j.Dependencies = []string{wheel(t, j.Dir, "dex_test_greeting", "1.0", "TEXT = 'hello'")}
	var both sync.WaitGroup
	hosts := [2]*host{{}, {}}
	for _, h := range hosts {
		both.Go(func() {
			if err := Run(bounded(t), j, h); err != nil {
				t.Error(err)
			} else if value.ToStr(h.result) != "hello" {
				t.Errorf("result %v", h.result)
			}
		})
	}
	both.Wait()
	log := hosts[0].text() + hosts[1].text()
	if strings.Count(log, "installing into") != 1 || !strings.Contains(log, "another process is installing") || !strings.Contains(log, "installed in") {
		t.Errorf("log %s", log)
	}
	again := func(what string, installs int) {
		t.Helper()
		h := &host{}
		if err := Run(bounded(t), j, h); err != nil || strings.Count(h.text(), "installing into") != installs {
			t.Errorf("%s: %v, log %s", what, err, h.text())
		}
	}
	again("a third run", 0)
	marks, err := filepath.Glob(filepath.Join(j.Cache, "envs", "*", complete))
	if err != nil || len(marks) != 1 {
		t.Fatalf("%v, %v", marks, err)
	}
	if err := os.Remove(marks[0]); err != nil {
		t.Fatal(err)
	}
	again("half-made", 1)
	if err := os.Chtimes(filepath.Join(j.Dir, j.Dependencies[0]), time.Time{}, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	again("a changed package", 1)
}

func TestPackageThatIsNotThere(t *testing.T) {
	j := job(t, "pass")
	j.Cache = filepath.Join(t.TempDir(), ".dex")
	j.Dependencies = []string{"./missing-1.0-py3-none-any.whl"}
	err := Run(bounded(t), j, &host{})
	var fault *PackageError
	if !errors.As(err, &fault) || !strings.Contains(err.Error(), "missing-1.0") {
		t.Errorf("error %v", err)
	}
	if marks, _ := filepath.Glob(filepath.Join(j.Cache, "envs", "*", complete)); len(marks) != 0 {
		t.Errorf("it counts as made: %v", marks)
	}
}

// TestUv: where uv is on PATH, it makes the environment.
func TestUv(t *testing.T) {
	if _, err := exec.LookPath("uv"); err != nil {
		t.Skip("LEFT OUT: there is no uv")
	}
	j := job(t, "import dex, dex_test_greeting as g\ndef main(): return g.TEXT")
	path := wheel(t, j.Dir, "dex_test_greeting", "1.0", "TEXT = 'hello'")
	j.Dependencies = []string{"dex_test_greeting @ file://" + filepath.Join(j.Dir, path)}
	j.Python = ">=3.9"
	h := &host{}
	if err := Run(bounded(t), j, h); err != nil || h.result == nil || value.ToStr(h.result) != "hello" {
		t.Errorf("result %v, %v, log %s", h.result, err, h.text())
	}
	if _, err := os.Stat(filepath.Join(j.Cache, "envs")); err == nil {
		t.Error("dex has made an environment as well")
	}
}

// TestDataframes needs pandas and pyarrow, which DEX_PYTHON may have.
func TestDataframes(t *testing.T) {
	if err := exec.Command(python(t), "-c", "import pandas, pyarrow").Run(); err != nil {
		t.Skip("LEFT OUT: python3 has no pandas and pyarrow; DEX_PYTHON names another")
	}
	j := job(t, `
import datetime, decimal
import dex
rows = dex.query("kinds")
df = rows.df()
assert list(df.columns) == rows.columns and len(df) == len(rows), df
assert df["n"].sum() == 3 and df["d"].tolist()[0] == decimal.Decimal("1.50")
table = rows.arrow()
assert table.num_rows == 2 and table.schema.field("n").type == "int32" and table.schema.field("day").type == "date32", table.schema
assert table.column("d").to_pylist() == [decimal.Decimal("1.50"), None]
empty = dex.query("none")
assert list(empty.df().columns) == ["n"] and empty.arrow().schema.field("n").type == "int32"
dex.execute("back", [df["n"].iloc[0], df["when"].iloc[0], df["day"].iloc[0], __import__("pandas").NaT, __import__("pandas").NA, df["n"].to_numpy()])
`)
	h := &host{}
	h.query = func(_ context.Context, q Statement, rows Rows) error {
		if q.SQL == "none" {
			return rows.Columns([]string{"n"}, []string{"INTEGER"})
		}
		vs := kindsOfValue(t)
		dec, err := value.ParseDecimal("1.50")
		if err != nil {
			return err
		}
		if err := rows.Columns([]string{"n", "d", "day", "when"}, []string{"INTEGER", "DECIMAL", "DATE", "TIMESTAMP"}); err != nil {
			return err
		}
		return rows.Rows([][]value.Value{{value.Int(1), dec, dateOf(vs), momentOf(vs)}, {value.Int(2), value.None, dateOf(vs), momentOf(vs)}})
	}
	if err := Run(bounded(t), j, h); err != nil {
		t.Fatal(err)
	}
	want := "execute back =int:1 =datetime.datetime:datetime.datetime(2024, 5, 1, 10, 0, 0, 123) =datetime.date:datetime.date(9999, 12, 31) =NoneType:None =NoneType:None =list:[1, 2]"
	if got := h.calls[len(h.calls)-1]; got != want {
		t.Errorf("bound\n%s\n%s", got, want)
	}
}

func dateOf(vs []value.Value) value.Value {
	for _, v := range vs {
		if value.ToStr(v) == "9999-12-31" {
			return v
		}
	}
	return nil
}

func momentOf(vs []value.Value) value.Value {
	for _, v := range vs {
		if value.ToStr(v) == "2024-05-01 10:00:00.000123" {
			return v
		}
	}
	return nil
}

func TestVersions(t *testing.T) {
	for _, c := range []struct {
		condition, version string
		holds              bool
	}{
		{">=3.11", "3.11.0", true}, {">=3.11", "3.9.18", false}, {">=3.9,<3.12", "3.11.7", true}, {">=3.9,<3.11", "3.11.7", false},
		{"3.11", "3.11.7", true}, {"3.11", "3.12.0", false}, {"==3.11.*", "3.11.7", true}, {"==3.11.7", "3.11.7", true}, {"==3.11", "3.11.7", false},
		{"~=3.10", "3.12.1", true}, {"~=3.10", "4.0.0", false}, {"~=3.11.2", "3.11.7", true}, {"~=3.11.2", "3.12.0", false},
		{"!=3.11.*", "3.11.7", false}, {">3.11", "3.11.7", true}, {"<=3.11", "3.11.7", false}, {"3", "3.11.7", true},
	} {
		x, err := parseVersion(c.condition)
		if err != nil || x.holds(c.version) != c.holds {
			t.Errorf("%s for %s: %v, %v", c.condition, c.version, !c.holds, err)
		}
	}
	for _, bad := range []string{"new", ">=new", "3.x", ">=3..1"} {
		if _, err := parseVersion(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestInterpreterIsFound(t *testing.T) {
	j := job(t, "import dex, sys\ndex.result(sys.executable)")
	j.Python = ">=4"
	err := Run(bounded(t), j, &host{})
	var fault *InterpreterError
	if !errors.As(err, &fault) || !strings.Contains(err.Error(), "no Python >=4 was found") || !strings.Contains(err.Error(), " is 3.") {
		t.Errorf("error %v", err)
	}
	j.Python = ">=3.9"
	if err := Run(bounded(t), j, &host{}); err != nil {
		t.Error(err)
	}
	j.Getenv = func(string) (string, bool) { return "", false }
	if err := Run(bounded(t), j, &host{}); !errors.As(err, &fault) {
		t.Errorf("error %v", err)
	}
	j = job(t, "pass")
	j.Dir = filepath.Join(j.Dir, "nowhere")
	if err := Run(bounded(t), j, &host{}); err == nil || !strings.Contains(err.Error(), "the working directory of the operation op is not there") {
		t.Errorf("error %v", err)
	}
}

// TestLayered: an environment has the packages of the interpreter behind its own, and
// none is made where the interpreter has all that is asked for.
func TestLayered(t *testing.T) {
	first := job(t, "")
	first.Cache = filepath.Join(t.TempDir(), ".dex")
	first.Dependencies = []string{wheel(t, first.Dir, "dex_test_below", "1.0", "TEXT = 'below'"), wheel(t, first.Dir, "dex_test_both", "1.0", "TEXT = 'old'")}
	h := &host{}
	python, err := Layered(bounded(t), &first, h.Log)
	if err != nil {
		t.Fatalf("%v\n%s", err, h.text())
	}
	second := job(t, "import dex, dex_test_below as a, dex_test_both as b, dex_test_above as c\ndex.result(a.TEXT + b.TEXT + c.TEXT)")
	second.Cache, second.Interpreter = first.Cache, python
	second.Dependencies = []string{"dex_test_below==1.0"}
	if got, err := Layered(bounded(t), &second, h.Log); err != nil || got != python {
		t.Errorf("%s, %v: it is there already", got, err)
	}
	second.Dependencies = []string{"dex_test_below", wheel(t, second.Dir, "dex_test_both", "2.0", "TEXT = 'new'"), wheel(t, second.Dir, "dex_test_above", "1.0", "TEXT = 'above'")}
	layered, err := Layered(bounded(t), &second, h.Log)
	if err != nil || layered == python {
		t.Fatalf("%s, %v\n%s", layered, err, h.text())
	}
	second.Interpreter, second.Dependencies = layered, nil
	end := &host{}
	if err := Run(bounded(t), second, end); err != nil || end.result != value.Value(value.Str("belownewabove")) {
		t.Errorf("result %v, %v", end.result, err)
	}
}
