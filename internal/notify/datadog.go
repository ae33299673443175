package notify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"
)

// datadog posts events. Datadog: https://docs.datadoghq.com/api/latest/events/
// (Post an event, v1).
type datadog struct {
	api, key, site string
	tags           []string
	alert          string // alert_type; "" is that of the event
	host           string
}

// Limits of Datadog: a text is cut at 4,000 characters, an aggregation key at 100;
// titles were refused above 100 characters for long, and 500 are shown now.
const (
	datadogTitle = 500
	datadogText  = 4000
	datadogKey   = 100
	datadogTag   = 200
	// datadogAge is how old an event may be; an older one is posted without its time.
	datadogAge = 18 * time.Hour
)

func readDatadog(s *settings) receiver {
	r := &datadog{site: s.Text("site", "datadoghq.com"), key: s.secret("api_key"), tags: s.Texts("tags"), host: s.Text("host", "")}
	r.alert = s.OneOf("alert_type", "", "error", "warning", "info", "success")
	s.needed("api_key", r.key, "It is an API key of the organization.")
	r.api = strings.TrimSuffix(s.address("url", "https://api."+r.site, false), "/")
	return r
}

func (r *datadog) target() string { return host(r.api) }

func (*datadog) dedups() bool { return false }

type datadogEvent struct {
	Title          string   `json:"title"`
	Text           string   `json:"text"`
	AlertType      string   `json:"alert_type"`
	Priority       string   `json:"priority"`
	Tags           []string `json:"tags"`
	Aggregation    string   `json:"aggregation_key,omitempty"`
	DateHappened   int64    `json:"date_happened,omitempty"`
	SourceTypeName string   `json:"source_type_name"`
	Host           string   `json:"host,omitempty"`
}

func (r *datadog) payload(p parcel) datadogEvent {
	e := datadogEvent{
		Title: cut(p.headline(), datadogTitle), Text: cut(p.plain(), datadogText), AlertType: r.alertType(p.Message),
		Priority: "normal", Tags: append([]string{}, r.tags...), Aggregation: shortKey(p.Key, datadogKey), SourceTypeName: "dex", Host: r.host,
	}
	if p.Severity == "info" && p.Event != Recovery {
		e.Priority = "low"
	}
	for _, t := range []fact{{"project", p.Project}, {"target", p.Target}, {"node", p.Node}, {"operation", p.Operation}, {"event", p.Event}, {"severity", p.Severity}} {
		if t.value != "" {
			e.Tags = append(e.Tags, cut(t.name+":"+t.value, datadogTag))
		}
	}
	if age := p.sending.Sub(p.At); age >= 0 && age < datadogAge {
		e.DateHappened = p.At.Unix()
	}
	return e
}

// alertType is Datadog's word for what happened.
func (r *datadog) alertType(m Message) string {
	switch {
	case r.alert != "":
		return r.alert
	case m.Event == Recovery || m.Event == Success:
		return "success"
	case m.Severity == "critical":
		return "error"
	}
	return m.Severity
}

// shortKey bounds a key that has to stay one of a kind.
func shortKey(key string, n int) string {
	if utf8.RuneCountInString(key) <= n {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

func (r *datadog) send(ctx context.Context, n *network, p parcel) outcome {
	body, err := json.Marshal(r.payload(p))
	if err != nil {
		return outcome{err: err, final: true}
	}
	return n.post(ctx, request{url: r.api + "/api/v1/events", header: map[string]string{"DD-API-KEY": r.key}, body: body, now: p.sending})
}
