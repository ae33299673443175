package notify

import (
	"context"
	"encoding/json"
	"strings"
	"time"
)

// pagerDuty triggers and resolves alerts. PagerDuty: Events API v2,
// https://developer.pagerduty.com/docs/events-api-v2/trigger-events/.
type pagerDuty struct {
	api, key  string
	component string
	group     string
	class     string
}

// Limits of PagerDuty, in characters: of the summary, of the key. A whole event may
// have 512 KB; the text is bounded far below.
const (
	pagerSummary = 1024
	pagerKey     = 255
	pagerDetail  = 8000
	pagerLength  = 32 // of a routing key
)

func readPagerDuty(s *settings) receiver {
	r := &pagerDuty{key: s.secret("routing_key"), component: s.Text("component", ""), group: s.Text("group", ""), class: s.Text("class", "")}
	s.needed("routing_key", r.key, "It is the integration key of an Events API v2 integration.")
	if n := len(r.key); n > 0 && n != pagerLength && s.channel.Enabled {
		s.Fault("routing_key", "bad-value", "routing_key of channel "+s.channel.Name+" does not have 32 characters", "It is the integration key of an Events API v2 integration, not the key of the REST API.")
	}
	base := "https://events.pagerduty.com"
	if s.OneOf("region", "us", "us", "eu") == "eu" {
		base = "https://events.eu.pagerduty.com"
	}
	r.api = strings.TrimSuffix(s.address("url", base, false), "/")
	return r
}

func (r *pagerDuty) target() string { return host(r.api) }

// dedups: a second trigger or resolve of one dedup_key changes nothing.
func (*pagerDuty) dedups() bool { return true }

type pagerEvent struct {
	RoutingKey string        `json:"routing_key"`
	Action     string        `json:"event_action"`
	DedupKey   string        `json:"dedup_key"`
	Client     string        `json:"client,omitempty"`
	ClientURL  string        `json:"client_url,omitempty"`
	Links      []pagerLink   `json:"links,omitempty"`
	Payload    *pagerPayload `json:"payload,omitempty"`
}

type pagerLink struct {
	Href string `json:"href"`
	Text string `json:"text"`
}

type pagerPayload struct {
	Summary   string            `json:"summary"`
	Source    string            `json:"source"`
	Severity  string            `json:"severity"`
	Timestamp string            `json:"timestamp"`
	Component string            `json:"component,omitempty"`
	Group     string            `json:"group,omitempty"`
	Class     string            `json:"class,omitempty"`
	Details   map[string]string `json:"custom_details,omitempty"`
}

func (r *pagerDuty) payload(p parcel) pagerEvent {
	e := pagerEvent{RoutingKey: r.key, Action: "trigger", DedupKey: shortKey(r.dedupKey(p), pagerKey), Client: "dex", ClientURL: p.URL}
	if p.Event == Recovery {
		e.Action = "resolve"
	}
	details := map[string]string{}
	for _, f := range p.facts() {
		details[strings.ToLower(f.name)] = cut(f.value, pagerDetail)
	}
	if body := p.body(); body != "" {
		details["text"] = cut(body, pagerDetail)
	}
	e.Payload = &pagerPayload{
		Summary: cut(p.headline(), pagerSummary), Source: r.source(p.Message), Severity: p.Severity, Timestamp: p.At.UTC().Format(time.RFC3339),
		Component: first(r.component, p.Node, p.Operation), Group: first(r.group, p.Project), Class: first(r.class, p.Event), Details: details,
	}
	if p.URL != "" {
		e.Links = []pagerLink{{p.URL, "The run"}}
	}
	return e
}

// dedupKey is the trouble's; a message about none is one of its own.
func (r *pagerDuty) dedupKey(p parcel) string {
	switch p.Event {
	case Success, Skipped, Plain: // what went well is no part of an alert
		return first(p.Effect, p.id)
	}
	return first(p.Key, p.Effect, p.id)
}

// source is what is affected.
func (r *pagerDuty) source(m Message) string {
	if s := strings.Trim(m.Project+"/"+m.Target, "/"); s != "" {
		return s
	}
	return "dex"
}

func first(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

func (r *pagerDuty) send(ctx context.Context, n *network, p parcel) outcome {
	body, err := json.Marshal(r.payload(p))
	if err != nil {
		return outcome{err: err, final: true}
	}
	return n.post(ctx, request{url: r.api + "/v2/enqueue", body: body, now: p.sending})
}
