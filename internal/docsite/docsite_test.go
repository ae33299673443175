package docsite

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func script(t *testing.T, html []byte) string {
	m := regexp.MustCompile(`(?s)<script>(.*?)</script>`).FindSubmatch(html)
	if m == nil {
		t.Fatal("the page has no script")
	}
	return string(m[1])
}

// The page asks nobody else for anything, and puts no text of a project in as
// markup.
func TestPageIsSelfContained(t *testing.T) {
	html := string(Page())
	for _, pattern := range []string{`(?i)<link\b`, `(?i)<script[^>]+src=`, `(?i)@import`, `url\(`, `innerHTML`, `outerHTML`, `insertAdjacentHTML`, `document\.write`, `\beval\(`, `new Function`} {
		if m := regexp.MustCompile(pattern).FindString(html); m != "" {
			t.Errorf("the page has %q", m)
		}
	}
	if !strings.Contains(html, "default-src 'none'") {
		t.Error("the page has no policy about its content")
	}
	for _, place := range [][]byte{manifestPlace, catalogPlace} {
		if bytes.Count(Page(), place) != 1 {
			t.Errorf("the page has no place %s", place)
		}
	}
	var open []string
	void := map[string]bool{"meta": true, "input": true, "br": true, "img": true, "link": true, "!doctype": true}
	markup := regexp.MustCompile(`(?s)<(script|style)\b[^>]*>.*?</(script|style)>`).ReplaceAllString(html, "")
	for _, m := range regexp.MustCompile(`<(/?)([!a-zA-Z][\w-]*)`).FindAllStringSubmatch(markup, -1) {
		switch name := strings.ToLower(m[2]); {
		case void[name]:
		case m[1] == "":
			open = append(open, name)
		case len(open) == 0 || open[len(open)-1] != name:
			t.Fatalf("</%s> closes %v", name, open)
		default:
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Errorf("not closed: %v", open)
	}
}

// What stands in a project cannot end the script that holds it.
func TestStaticKeepsItsData(t *testing.T) {
	manifest := []byte(`{"metadata": {"project_name": "x"}, "nodes": {"m": {"description": "</script><script>alert(1)</script><!-- \u2028"}}}`)
	catalog := []byte(`{"nodes": {}, "errors": null}`)
	html := Static(manifest, catalog)
	if n := bytes.Count(html, []byte("</script>")); n != 3 {
		t.Fatalf("the page has %d ends of scripts, not 3", n)
	}
	for id, want := range map[string][]byte{"manifest-data": manifest, "catalog-data": catalog} {
		m := regexp.MustCompile(`(?s)id="` + id + `">(.*?)</script>`).FindSubmatch(html)
		var a, b any
		if m == nil || json.Unmarshal(m[1], &a) != nil || json.Unmarshal(want, &b) != nil {
			t.Fatalf("%s cannot be read", id)
		}
		x, _ := json.Marshal(a)
		y, _ := json.Marshal(b)
		if !bytes.Equal(x, y) {
			t.Errorf("%s is %s, not %s", id, x, y)
		}
	}
}

// The page runs in a small stand-in of a document: every node has its page, the
// search finds, keys work, and nothing becomes markup.
func TestPageRuns(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("no node on this machine")
	}
	dir := t.TempDir()
	page := filepath.Join(dir, "page.js")
	if err := os.WriteFile(page, []byte(script(t, Page())), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(node, "--check", page).CombinedOutput()
	if err != nil {
		t.Fatalf("the script does not parse: %s", out)
	}
	out, err = exec.Command(node, filepath.Join("testdata", "run.js"), page).CombinedOutput()
	if err != nil {
		t.Fatalf("%s", out)
	}
}
