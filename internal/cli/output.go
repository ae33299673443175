package cli

import (
	"strings"

	"dex/internal/agate"
	"dex/internal/engine"
	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/result"
)

// outputs are what list, compile and show were asked for, as dbt logs it: its
// text goes to standard output without a time in front.
func outputs(inv *engine.Invocation, out *engine.Outcome, quiet bool, clean func(string) string) []event.Data {
	var all []event.Data
	for i, line := range out.Lines {
		if i >= len(out.Shown) {
			all = append(all, event.PrintEvent{Msg: line, Output: true})
			continue
		}
		all = append(all, nodeOutput(inv, out, out.Shown[i], line, quiet, clean))
	}
	return all
}

func nodeOutput(inv *engine.Invocation, out *engine.Outcome, r *result.Result, line string, quiet bool, clean func(string) string) event.NodeOutput {
	d := event.NodeOutput{
		Show: inv.Command == "show", Text: line, Content: r.Code, UniqueID: r.Node, Inline: inv.Inline != "", OutputFormat: "text", Quiet: quiet,
	}
	if n := out.Manifest.Node(manifest.ID(r.Node)); n != nil {
		d.NodeName = n.Name
	}
	if inv.Output == "json" {
		d.OutputFormat = "json"
	}
	if t, ok := r.Table.(*agate.Table); ok && d.Show {
		d.Content = preview(t, inv.Output, clean)
	}
	if _, body, ok := strings.Cut(line, "\n"); ok && quiet && d.OutputFormat == "text" {
		d.Text = body // dbt: with --quiet the line that names the node is left out
	}
	return d
}

func preview(t *agate.Table, format string, clean func(string) string) string {
	if format != "json" {
		return t.Print(clean)
	}
	b, err := value.AppendJSON(nil, t.Records(), value.JSONOptions{EnsureASCII: true})
	if err != nil {
		return t.Print(clean) // what JSON cannot hold is still worth seeing
	}
	return string(b)
}

// shown are the flags that somebody set, for the log, by dbt's names.
func (s *settings) shown(command string) map[string]string {
	all := map[string]string{"which": command}
	for name, v := range s.given {
		all[strings.ReplaceAll(name, "-", "_")] = v
	}
	if all["params"] != "" {
		all["params"] = "*****" // any of them may be a secret
	}
	for name, words := range s.lists {
		if name == "param" {
			words = namesAlone(words)
		}
		all[strings.ReplaceAll(name, "-", "_")] = strings.Join(words, " ")
	}
	return all
}
