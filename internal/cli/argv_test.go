package cli

import (
	"strings"
	"testing"
)

// Each line of a command as people write it, and as the flag parser takes it.
func TestSpelled(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"ls -s a b --exclude c", "ls --select=a --select=b --exclude=c"},
		{"ls --select=a b -q", "ls --select=a --select=b --quiet"},
		{"ls -m a --models b --model c", "ls --select=a --select=b --select=c"},
		{"-q --target prod run", "run --quiet --target=prod"},
		{"-s a b ls -q", "ls --select=a --select=b --quiet"},
		{"-s a run b", "run --select=a --select=b"},
		{"--vars {a:1} run -x", "run --vars={a:1} --fail-fast"},
		{"run --no-partial-parse", "run --no-partial-parse"},
		{"show --limit -1 -s a", "show --limit=-1 --select=a"},
		{"run --threads", "run --threads"},
		{"run --select", "run --select"},
		{"run -- --select", "run -- --select"},
		{"ls --resource-types model test", "ls --resource-type=model --resource-type=test"},
		{"run --version", "--version"},
		{"-V", "--version"},
		{"bogus --select a", "bogus --select a"},
		{"__complete -q run -s +a", "__complete run --quiet --select +a"},
	} {
		if got := strings.Join(spelled(strings.Fields(c.line)), " "); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.line, got, c.want)
		}
	}
	if got := strings.Join(spelled([]string{"ls", "--output-keys", "name config.tags"}), "|"); got != "ls|--output-keys=name|--output-keys=config.tags" {
		t.Errorf("words in one argument: %s", got)
	}
}
