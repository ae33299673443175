package notify

import (
	"context"
	"encoding/json"
	"strings"
)

// teams posts an Adaptive Card to a webhook of the Workflows app.
//
// Microsoft: a message of type "message" with one attachment of type
// application/vnd.microsoft.card.adaptive; about 28 KB in all.
type teams struct{ webhook string }

// Limits of Teams in bytes: of the whole, and of the parts that keep below it
// whatever JSON makes of them.
const (
	teamsSize  = 27 << 10
	teamsTitle = 500
	teamsText  = 8000
	teamsFact  = 400
	teamsFacts = 15
)

func readTeams(s *settings) receiver {
	r := &teams{webhook: s.address("webhook_url", "", true)}
	if base := s.address("url", "", true); base != "" {
		r.webhook = base
	}
	if !s.given("webhook_url") && !s.given("url") {
		s.needed("webhook_url", "", "It is the address that the workflow 'When a Teams webhook request is received' shows.")
	}
	return r
}

func (r *teams) target() string { return host(r.webhook) }

func (*teams) dedups() bool { return false }

type teamsPayload struct {
	Type        string            `json:"type"`
	Attachments []teamsAttachment `json:"attachments"`
}

type teamsAttachment struct {
	ContentType string    `json:"contentType"`
	ContentURL  *string   `json:"contentUrl"`
	Content     teamsCard `json:"content"`
}

type teamsCard struct {
	Schema  string         `json:"$schema"`
	Type    string         `json:"type"`
	Version string         `json:"version"`
	Body    []teamsElement `json:"body"`
	Actions []teamsAction  `json:"actions,omitempty"`
	MSTeams map[string]any `json:"msteams,omitempty"`
}

type teamsElement struct {
	Type   string          `json:"type"`
	Text   string          `json:"text,omitempty"`
	Size   string          `json:"size,omitempty"`
	Weight string          `json:"weight,omitempty"`
	Color  string          `json:"color,omitempty"`
	Wrap   bool            `json:"wrap,omitempty"`
	Facts  []teamsFactItem `json:"facts,omitempty"`
}

type teamsFactItem struct {
	Title string `json:"title"`
	Value string `json:"value"`
}

type teamsAction struct {
	Type  string `json:"type"`
	Title string `json:"title"`
	URL   string `json:"url"`
}

// teamsColors are the colours of Adaptive Cards by severity.
var teamsColors = map[string]string{"critical": "Attention", "error": "Attention", "warning": "Warning", "info": "Default"}

// teamsEscape keeps text from being taken for Markdown, which text blocks read.
var teamsEscape = strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "#", `\#`, "`", "\\`", "\n", "\n\n")

func (r *teams) payload(p parcel, text int) teamsPayload {
	color := teamsColors[p.Severity]
	if p.Event == Recovery || p.Event == Success {
		color = "Good"
	}
	card := teamsCard{Schema: "http://adaptivecards.io/schemas/adaptive-card.json", Type: "AdaptiveCard", Version: "1.4", MSTeams: map[string]any{"width": "Full"}}
	add := func(e teamsElement) { card.Body = append(card.Body, e) }
	add(teamsElement{Type: "TextBlock", Text: teamsEscape.Replace(cutBytes(p.headline(), teamsTitle)), Size: "Large", Weight: "Bolder", Color: color, Wrap: true})
	if body := p.body(); body != "" {
		add(teamsElement{Type: "TextBlock", Text: teamsEscape.Replace(cutBytes(body, text)), Wrap: true})
	}
	var facts []teamsFactItem
	for _, f := range p.facts() {
		if len(facts) < teamsFacts {
			facts = append(facts, teamsFactItem{f.name, teamsEscape.Replace(cutBytes(f.value, teamsFact))})
		}
	}
	add(teamsElement{Type: "FactSet", Facts: facts})
	if p.repeat {
		add(teamsElement{Type: "TextBlock", Text: repetition, Wrap: true})
	}
	if p.URL != "" {
		card.Actions = []teamsAction{{"Action.OpenUrl", "Open the run", p.URL}}
	}
	return teamsPayload{"message", []teamsAttachment{{ContentType: "application/vnd.microsoft.card.adaptive", Content: card}}}
}

func (r *teams) send(ctx context.Context, n *network, p parcel) outcome {
	var body []byte
	for text := teamsText; ; text /= 2 { // JSON and Markdown may make much of little
		b, err := json.Marshal(r.payload(p, text))
		if err != nil {
			return outcome{err: err, final: true}
		}
		if body = b; len(body) <= teamsSize || text < 64 {
			break
		}
	}
	return n.post(ctx, request{url: r.webhook, body: body, now: p.sending})
}
