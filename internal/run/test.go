package run

import (
	"fmt"
	"strconv"
	"strings"

	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/render"
	"dex/internal/result"
)

// test runs a data test: its materialization gives one row with the number of
// failing rows and whether that is a warning or an error. dbt: TestRunner.
func (w *worker) test(f *render.Frame, n *manifest.Node, res result.Result) result.Result {
	if storesFailures(w.Inv, n) {
		res.Relation = w.Inv.RelationName(n)
	}
	e, err := w.materialization(n)
	if err != nil {
		return failed(res, f, err)
	}
	_, err = f.CallUncounted(e)
	res.Macros = append(res.Macros, calledBy(f)...)
	if err != nil {
		return failed(res, f, err)
	}
	row, err := testRow(f, n)
	if err != nil {
		return failed(res, f, err)
	}
	res.Adapter = row.response
	return w.judge(n, row, res)
}

// storesFailures reports whether a test has a relation: --store-failures gives it
// one even where its own store_failures is false. dbt: should_store_failures.
func storesFailures(inv *render.Invocation, n *manifest.Node) bool {
	if n.Config.Bool("store_failures", false) {
		return true
	}
	flag, ok := inv.Flags.GetStr("STORE_FAILURES")
	return ok && flag.Truth()
}

type testOutcome struct {
	failures             int64
	shouldWarn, shouldEr bool
	response             *value.Dict
}

func testRow(f *render.Frame, n *manifest.Node) (testOutcome, error) {
	var out testOutcome
	main, ok := f.Result("main")
	if !ok {
		return out, fmt.Errorf("dbt internally failed to execute %s: no result", n.ID)
	}
	table, err := value.GetItem(main, value.Str("table"))
	if err != nil {
		return out, err
	}
	if resp, err := value.GetItem(main, value.Str("response")); err == nil {
		if r, ok := resp.(*render.Response); ok {
			out.response = r.Dict()
		}
	}
	rows, names, err := tableRows(table)
	if err != nil {
		return out, err
	}
	if len(rows) != 1 {
		return out, fmt.Errorf("dbt internally failed to execute %s: Returned %d rows, but expected 1 row", n.ID, len(rows))
	}
	if len(rows[0]) != 3 {
		return out, fmt.Errorf("dbt internally failed to execute %s: Returned %d columns, but expected 3 columns", n.ID, len(rows[0]))
	}
	for i, name := range names {
		v := rows[0][i]
		switch strings.ToLower(name) {
		case "failures":
			out.failures, err = wholeNumber(v)
		case "should_warn":
			out.shouldWarn, err = boolean(v)
		case "should_error":
			out.shouldEr, err = boolean(v)
		}
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

func tableRows(table value.Value) ([][]value.Value, []string, error) {
	attr, ok, err := value.GetAttr(table, "rows")
	if err != nil || !ok {
		return nil, nil, fmt.Errorf("a test gave no table")
	}
	list, err := value.ToSlice(attr)
	if err != nil {
		return nil, nil, err
	}
	rows := make([][]value.Value, len(list))
	for i, r := range list {
		if rows[i], err = value.ToSlice(r); err != nil {
			return nil, nil, err
		}
	}
	cols, _, err := value.GetAttr(table, "column_names")
	if err != nil {
		return nil, nil, err
	}
	cl, err := value.ToSlice(cols)
	if err != nil {
		return nil, nil, err
	}
	names := make([]string, len(cl))
	for i, c := range cl {
		names[i] = value.ToStr(c)
	}
	return rows, names, nil
}

// wholeNumber reads the count of failures: an integer, or a number or text
// without a fraction. A fail_calc that gives null is a fault (dbt: it fails too).
func wholeNumber(v value.Value) (int64, error) {
	switch x := v.(type) {
	case value.Int:
		return int64(x), nil
	case value.NoneType:
		return 0, fmt.Errorf("None is not of type 'integer'\nThe test's fail_calc gave no number.")
	}
	s := strings.TrimSuffix(value.ToStr(v), ".0")
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s is not of type 'integer'\nThe test's fail_calc must give a whole number.", value.Repr(v))
	}
	return n, nil
}

// boolean reads should_warn and should_error: databases without booleans give
// 0 and 1, or texts.
func boolean(v value.Value) (bool, error) {
	s, ok := v.(value.Str)
	if !ok {
		return v.Truth(), nil
	}
	switch strings.ToLower(string(s)) {
	case "y", "yes", "t", "true", "on", "1":
		return true, nil
	case "n", "no", "f", "false", "off", "0":
		return false, nil
	}
	return false, fmt.Errorf("The macro 'get_test_sql' returned a value (%s) that is not a boolean", value.Repr(v))
}

// judge turns the counts into a status by severity and thresholds.
func (w *worker) judge(n *manifest.Node, row testOutcome, res result.Result) result.Result {
	severity := strings.ToUpper(n.Config.Str("severity"))
	failures := int64(0)
	count := fmt.Sprintf("%d results", row.failures)
	if row.failures == 1 {
		count = "1 result"
	}
	switch {
	case severity == "ERROR" && row.shouldEr:
		res.Status = result.Fail
		res.Message = fmt.Sprintf("Got %s, configured to fail if %s", count, n.Config.Str("error_if"))
		failures = row.failures
	case row.shouldWarn && w.WarnError != nil && w.WarnError("LogTestResult"):
		res.Status = result.Fail
		res.Message = fmt.Sprintf("Got %s, configured to fail if %s", count, n.Config.Str("warn_if"))
		failures = row.failures
	case row.shouldWarn:
		res.Status = result.Warn
		res.Message = fmt.Sprintf("Got %s, configured to warn if %s", count, n.Config.Str("warn_if"))
		failures = row.failures
	default:
		res.Status = result.Pass
	}
	res.Failures = &failures
	return res
}
