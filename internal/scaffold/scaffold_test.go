package scaffold

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "shop")
	written, err := Write(dir, "shop")
	if err != nil {
		t.Fatal(err)
	}
	if len(written) < 8 {
		t.Errorf("wrote %d files: %v", len(written), written)
	}
	for _, name := range written {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), placeholder) || len(text) == 0 {
			t.Errorf("%s is empty or still has the placeholder", name)
		}
	}
	if text, err := os.ReadFile(filepath.Join(dir, ".gitignore")); err != nil || !strings.Contains(string(text), "target/") {
		t.Errorf(".gitignore: %q, %v", text, err)
	}
	if text, _ := os.ReadFile(filepath.Join(dir, "dbt_project.yml")); !strings.HasPrefix(string(text), "name: shop\n") {
		t.Errorf("dbt_project.yml begins %.40q", text)
	}
}

func TestWriteOverwritesNothing(t *testing.T) {
	dir := t.TempDir()
	own := filepath.Join(dir, "README.md")
	if err := os.WriteFile(own, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := Write(dir, "shop")
	var exists *ExistsError
	if !errors.As(err, &exists) || len(exists.Files) != 1 || exists.Files[0] != "README.md" {
		t.Fatalf("error %v", err)
	}
	if text, _ := os.ReadFile(own); string(text) != "mine" {
		t.Errorf("README.md is now %q", text)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left %v behind", entries)
	}
}

func TestCheckName(t *testing.T) {
	for _, good := range []string{"shop", "_a1", "My_Shop"} {
		if err := CheckName(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for bad, hint := range map[string]string{"my-shop": "my_shop", "a b": "a_b", "": "", "1x": "", "x/../y": "x____y"} {
		err := CheckName(bad)
		if err == nil || !strings.Contains(err.Error(), hint) {
			t.Errorf("%q: %v", bad, err)
		}
		if _, err := Write(t.TempDir(), bad); err == nil {
			t.Errorf("%q was written", bad)
		}
	}
}
