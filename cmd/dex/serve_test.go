package main

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestDocsServe serves a project's documentation on a free port of this machine:
// what is there, what is out of reach, and that a signal ends it in good order.
func TestDocsServe(t *testing.T) {
	dir := t.TempDir()
	b := &build{t: t, dir: dir}
	b.write("dbt_project.yml", "name: qa\nversion: '1.0'\nprofile: qa\n")
	b.write("models/a.sql", "select 1 as id\n")
	b.write("target/manifest.json", `{"metadata": {}}`)
	b.write("secret.txt", "out of reach")
	must(t, os.Symlink(filepath.Join(dir, "secret.txt"), filepath.Join(dir, "target", "link.txt")))
	cmd := exec.Command("dex", "docs", "serve", "--port", "0", "--no-browser")
	cmd.Dir = dir
	stdout, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	ended := make(chan error, 1)
	address, rest := make(chan string, 1), &strings.Builder{}
	go func() {
		lines := bufio.NewScanner(stdout)
		for lines.Scan() {
			rest.WriteString(lines.Text() + "\n")
			if m := regexp.MustCompile(`http://localhost:\d+`).FindString(lines.Text()); m != "" {
				address <- m
			}
		}
		ended <- cmd.Wait()
	}()
	var base string
	select {
	case base = <-address:
	case err := <-ended:
		t.Fatalf("it ended: %v\n%s", err, rest)
	case <-time.After(time.Minute):
		_ = cmd.Process.Kill()
		t.Fatalf("it tells no address:\n%s", rest)
	}
	ask := func(method, path, host string) (int, string) {
		req, err := http.NewRequest(method, base+path, nil)
		must(t, err)
		if host != "" {
			req.Host = host
		}
		resp, err := http.DefaultClient.Do(req)
		must(t, err)
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		must(t, err)
		return resp.StatusCode, string(body)
	}
	for _, c := range []struct {
		method, path, host string
		code               int
		body               string
	}{
		{"GET", "/", "", 200, "<!doctype html>"},
		{"GET", "/manifest.json", "", 200, `{"metadata": {}}`},
		{"HEAD", "/manifest.json", "", 200, ""},
		{"GET", "/catalog.json", "", 404, ""},
		{"GET", "/../secret.txt", "", 404, ""},
		{"GET", "/%2e%2e/secret.txt", "", 404, ""},
		{"GET", "/link.txt", "", 500, ""},
		{"POST", "/", "", 405, ""},
		{"GET", "/manifest.json", "docs.example.com", 403, "unknown host"},
	} {
		code, body := ask(c.method, c.path, c.host)
		if code != c.code || !strings.Contains(body, c.body) || strings.Contains(body, "out of reach") {
			t.Errorf("%s %s %s: %d %.80q, want %d %q", c.method, c.path, c.host, code, body, c.code, c.body)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	must(t, cmd.Process.Signal(os.Interrupt))
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("after a signal: %v\n%s", err, rest)
		}
	case <-time.After(time.Minute):
		_ = cmd.Process.Kill()
		t.Error("a signal does not end it")
	}
}
