package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"dex/internal/store"
)

// long is a message at which every limit is met, in characters of several bytes and
// of several escapes.
func long() Message {
	m := aFailure()
	m.Title = strings.Repeat("ü", 5000)
	m.Text = strings.Repeat("<&>ß\"\n", 20000)
	m.Key = strings.Repeat("k", 400)
	m.Details = map[string]string{"Long": strings.Repeat("&", 50000)}
	for _, k := range strings.Split("abcdefghijklmnopqrstuvwxyz", "") {
		m.Details[k] = strings.Repeat("*", 3000)
	}
	return m
}

func runes(v any) int { return utf8.RuneCountInString(v.(string)) }

// slackContract holds a message against Slack's documented limits.
func slackContract(t *testing.T, m map[string]any) {
	t.Helper()
	if n := runes(m["text"]); n == 0 || n > 40000 {
		t.Errorf("text has %d characters", n)
	}
	blocks := m["blocks"].([]any)
	if len(blocks) == 0 || len(blocks) > 50 {
		t.Errorf("%d blocks", len(blocks))
	}
	total := 0
	for _, b := range blocks {
		b := b.(map[string]any)
		if text, ok := b["text"].(map[string]any); ok {
			n, limit := runes(text["text"]), 3000
			if b["type"] == "header" {
				limit = 150
				if text["type"] != "plain_text" {
					t.Error("a header is plain text")
				}
			}
			if n == 0 || n > limit {
				t.Errorf("%s has %d characters of %d", b["type"], n, limit)
			}
			total += n
		}
		fields, _ := b["fields"].([]any)
		if len(fields) > 10 {
			t.Errorf("%d fields", len(fields))
		}
		for _, f := range fields {
			n := runes(f.(map[string]any)["text"])
			if n == 0 || n > 2000 {
				t.Errorf("a field has %d characters", n)
			}
			total += n
		}
	}
	if total > 9500 {
		t.Errorf("blocks have %d characters in all", total)
	}
}

func TestSlackWebhook(t *testing.T) {
	const section = `{allow_private_addresses: true, channels: {slack: {type: slack, webhook_url: "URL/services/T00/B00/XXXXXXXX"}}}`
	g := one(t, section, aFailure(), "slack", newFarEnd(t, nil))
	m := g.json(t)
	slackContract(t, m)
	if g.path != "/services/T00/B00/XXXXXXXX" || g.header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Error(g.path, g.header)
	}
	if !strings.Contains(m["text"].(string), "Binder Error: &lt;a&gt; &amp; &lt;b&gt;") {
		t.Errorf("not escaped: %s", m["text"])
	}
	for _, part := range []string{"model orders failed", "model.shop.orders", "models/orders.sql", "inv-1", "ada", "abc123", "https://runs.example.com/inv-1", "prod"} {
		if !strings.Contains(string(g.body), part) {
			t.Errorf("%s is not told", part)
		}
	}
	m = one(t, section, long(), "slack", newFarEnd(t, nil)).json(t)
	slackContract(t, m)
	for _, b := range m["blocks"].([]any) {
		if text, ok := b.(map[string]any)["text"].(map[string]any); ok && !strings.HasSuffix(text["text"].(string), cutMark) {
			t.Errorf("a cut text has no mark: %q", text["text"].(string)[:40])
		}
	}
}

func TestSlackBot(t *testing.T) {
	const section = `{allow_private_addresses: true, channels: {bot: {type: slack, token: xoxb-12345678, channel: "#data", url: "URL/api"}}}`
	answers := func(body string) *farEnd {
		return newFarEnd(t, func(_ int, w http.ResponseWriter, _ got) { w.Write([]byte(body)) })
	}
	g := one(t, section, aFailure(), "bot", answers(`{"ok":true,"ts":"1.2"}`))
	if g.path != "/api/chat.postMessage" || g.header.Get("Authorization") != "Bearer xoxb-12345678" || g.json(t)["channel"] != "#data" {
		t.Error(g.path, g.header, string(g.body))
	}
	slackContract(t, g.json(t))
	for body, want := range map[string]struct {
		state store.NoticeState
		err   string
	}{
		`{"ok":false,"error":"channel_not_found"}`: {store.Dead, "channel_not_found"},
		`{"ok":false,"error":"ratelimited"}`:       {store.Pending, "ratelimited"},
		`{"ok":false,"error":"internal_error"}`:    {store.Pending, "internal_error"},
		`<html>`:                                   {store.Pending, "may have arrived"},
	} {
		far := answers(body)
		r := newRig(t, config(t, strings.ReplaceAll(section, "URL", far.URL)))
		r.send(aFailure(), "bot")
		r.deliver()
		r.want("bot", want.state, 1, want.err)
	}
}

func TestDatadog(t *testing.T) {
	const section = `{allow_private_addresses: true, channels: {dd: {type: datadog, api_key: 0123456789abcdef, url: "URL", tags: [team:data]}}}`
	g := one(t, section, aFailure(), "dd", newFarEnd(t, func(_ int, w http.ResponseWriter, _ got) { w.WriteHeader(202) }))
	m := g.json(t)
	if g.path != "/api/v1/events" || g.header.Get("DD-API-KEY") != "0123456789abcdef" || m["alert_type"] != "error" || m["priority"] != "normal" ||
		m["date_happened"] != float64(noon.Unix()-60) || m["source_type_name"] != "dex" || m["aggregation_key"] != "dex/shop/prod/r/model.shop.orders" {
		t.Error(g.path, string(g.body))
	}
	for _, tag := range []string{"team:data", "target:prod", "project:shop", "severity:critical", "event:failure"} {
		if !slices.Contains(m["tags"].([]any), any(tag)) {
			t.Errorf("no tag %s in %v", tag, m["tags"])
		}
	}
	old := long()
	old.At = noon.AddDate(0, 0, -9)
	m = one(t, section, old, "dd", newFarEnd(t, nil)).json(t)
	if runes(m["text"]) != 4000 || !strings.HasSuffix(m["text"].(string), cutMark) || runes(m["title"]) > 500 || runes(m["aggregation_key"]) > 100 || m["date_happened"] != nil {
		t.Errorf("limits: text %d, title %d, key %d, time %v", runes(m["text"]), runes(m["title"]), runes(m["aggregation_key"]), m["date_happened"])
	}
	well := aFailure()
	well.Event = Recovery
	if m = one(t, section, well, "dd", newFarEnd(t, nil)).json(t); m["alert_type"] != "success" {
		t.Error(m["alert_type"])
	}
	if c := config(t, `{channels: {dd: {type: datadog, api_key: abcd, site: datadoghq.eu}}}`); c.Find("dd").Target() != "api.datadoghq.eu" {
		t.Error(c.Find("dd").Target())
	}
}

func TestPagerDuty(t *testing.T) {
	const section = `{allow_private_addresses: true, channels: {oncall: {type: pagerduty, routing_key: 0123456789abcdef0123456789abcdef, url: "URL"}}}`
	accept := func(_ int, w http.ResponseWriter, _ got) { w.WriteHeader(202) }
	g := one(t, section, aFailure(), "oncall", newFarEnd(t, accept))
	m := g.json(t)
	p := m["payload"].(map[string]any)
	if g.path != "/v2/enqueue" || m["routing_key"] != "0123456789abcdef0123456789abcdef" || m["event_action"] != "trigger" || m["dedup_key"] != aFailure().Key ||
		p["severity"] != "critical" || p["source"] != "shop/prod" || p["summary"] != aFailure().Title || p["timestamp"] != "2026-03-04T11:59:00Z" || p["component"] != "model.shop.orders" {
		t.Error(g.path, string(g.body))
	}
	m = one(t, section, long(), "oncall", newFarEnd(t, accept)).json(t)
	p = m["payload"].(map[string]any)
	if runes(p["summary"]) != 1024 || !strings.HasSuffix(p["summary"].(string), cutMark) || runes(m["dedup_key"]) > 255 {
		t.Errorf("summary %d, key %d", runes(p["summary"]), runes(m["dedup_key"]))
	}
	if b, _ := json.Marshal(m); len(b) > 512<<10 {
		t.Errorf("%d bytes", len(b))
	}
	longKey := m["dedup_key"]
	over := long()
	over.Event, over.Effect = Recovery, "e1/recovery"
	if m = one(t, section, over, "oncall", newFarEnd(t, accept)).json(t); m["event_action"] != "resolve" || m["dedup_key"] != longKey {
		t.Errorf("%v %v, want resolve of %v", m["event_action"], m["dedup_key"], longKey)
	}
	// What went well is no part of an open alert.
	well := aFailure()
	well.Event = Success
	if m = one(t, section, well, "oncall", newFarEnd(t, accept)).json(t); m["dedup_key"] == aFailure().Key {
		t.Error("a success has the key of the failure")
	}
	for word, want := range map[string]string{"low": "info", "medium": "warning", "high": "error", "critical": "critical", "": "error", "nonsense": "error"} {
		a := aFailure()
		a.Severity = word
		if m = one(t, section, a, "oncall", newFarEnd(t, accept)).json(t); m["payload"].(map[string]any)["severity"] != want {
			t.Errorf("%q is %v, want %s", word, m["payload"].(map[string]any)["severity"], want)
		}
	}
}

func TestTeams(t *testing.T) {
	const section = `{allow_private_addresses: true, channels: {teams: {type: teams, webhook_url: "URL/workflows/abc?sig=0123456789"}}}`
	for name, msg := range map[string]Message{"usual": aFailure(), "long": long()} {
		g := one(t, section, msg, "teams", newFarEnd(t, func(_ int, w http.ResponseWriter, _ got) { w.WriteHeader(202) }))
		if g.path != "/workflows/abc?sig=0123456789" || len(g.body) > 28<<10 {
			t.Errorf("%s: %s, %d bytes", name, g.path, len(g.body))
		}
		m := g.json(t)
		at := m["attachments"].([]any)
		card := at[0].(map[string]any)
		content := card["content"].(map[string]any)
		if m["type"] != "message" || len(at) != 1 || card["contentType"] != "application/vnd.microsoft.card.adaptive" || content["type"] != "AdaptiveCard" || content["version"] != "1.4" {
			t.Errorf("%s: %s", name, g.body)
		}
	}
	g := one(t, section, Message{Text: "a_b *c* [d](http://e)"}, "teams", newFarEnd(t, nil))
	if !strings.Contains(string(g.body), `a\\_b \\*c\\* \\[d\\]`) {
		t.Errorf("Markdown is not escaped: %s", g.body)
	}
}

func TestWebhook(t *testing.T) {
	for secret, key := range map[string]string{"plain-secret": "plain-secret", "whsec_" + base64.StdEncoding.EncodeToString([]byte("the key")): "the key"} {
		section := `{allow_private_addresses: true, channels: {hook: {type: webhook, url: "URL/in", signing_secret: "` + secret + `", headers: {Authorization: Bearer abcdefgh}}}}`
		g := one(t, section, aFailure(), "hook", newFarEnd(t, nil))
		id, at := g.header.Get("webhook-id"), g.header.Get("webhook-timestamp")
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write([]byte(id + "." + at + "."))
		mac.Write(g.body)
		if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); g.header.Get("webhook-signature") != want {
			t.Errorf("signature %s, want %s", g.header.Get("webhook-signature"), want)
		}
		if id == "" || id != g.header.Get("Idempotency-Key") || at != "1772625600" || strings.Contains(id, ".") || g.header.Get("Authorization") != "Bearer abcdefgh" {
			t.Error(g.header)
		}
		m := g.json(t)
		data := m["data"].(map[string]any)
		if m["type"] != "dex.failure" || m["timestamp"] != "2026-03-04T11:59:00.000Z" || data["node"] != "model.shop.orders" || data["effect"] != "e1/failure" {
			t.Error(string(g.body))
		}
	}
}

func TestCut(t *testing.T) {
	for _, n := range []int{0, 1, 5, 6, 7, 20} {
		for _, s := range []string{"", "short", "äöüß äöüß äöüß", strings.Repeat("日本", 50)} {
			if got := cut(s, n); utf8.RuneCountInString(got) > n || !utf8.ValidString(got) {
				t.Errorf("cut(%q, %d) is %q", s, n, got)
			}
			if got := cutBytes(s, n); len(got) > max(n, len(cutMark)) || !utf8.ValidString(got) {
				t.Errorf("cutBytes(%q, %d) is %q", s, n, got)
			}
		}
		if got := escaped(strings.Repeat("<&>", 500), 100); len(got) > 100 || strings.Contains(strings.NewReplacer("&lt;", "", "&gt;", "", "&amp;", "").Replace(got), "&") {
			t.Errorf("an escape is cut: %q", got)
		}
	}
}
