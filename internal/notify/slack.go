package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// slack posts to an incoming webhook, or with a bot's token through
// chat.postMessage.
//
// Slack: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks,
// https://docs.slack.dev/reference/methods/chat.postMessage.
type slack struct {
	webhook    string // "" posts with the token
	api, token string
	channel    string
}

// Limits of Slack, in characters. Text above 40,000 is cut by Slack itself, and it
// advises 4,000; the text of a block is refused above 3,000, a header's above 150, a
// field's above 2,000.
const (
	slackText   = 4000
	slackBlock  = 3000
	slackHeader = 150
	slackField  = 400 // of 2,000: ten of them have to fit beside the text
	slackFields = 10
)

func readSlack(s *settings) receiver {
	r := &slack{webhook: s.address("webhook_url", "", true), token: s.secret("token"), channel: s.Text("channel", "")}
	base := s.address("url", "", r.token == "")
	switch {
	case r.token != "" && r.webhook != "":
		s.Fault("token", "bad-value", fmt.Sprintf("channel %s has both a webhook_url and a token", s.channel.Name), "Keep the one that it is to use.")
	case r.token != "":
		s.needed("channel", r.channel, "A bot has to be told where to post: channel: '#data-alerts', or a channel's id.")
		r.api = strings.TrimSuffix(base, "/")
		if base == "" {
			r.api = "https://slack.com/api"
		}
	default:
		if base != "" {
			r.webhook = base
		}
		if !s.given("webhook_url") && !s.given("url") {
			s.needed("webhook_url", "", "It is the address of an incoming webhook; a bot has token and channel in its place.")
		}
	}
	return r
}

func (r *slack) target() string {
	if r.token != "" {
		return r.channel
	}
	return host(r.webhook)
}

func (*slack) dedups() bool { return false }

// slackEscape writes text that Slack must not take for markup. Slack: only these
// three characters are escaped.
var slackEscape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// escaped is s for mrkdwn, in at most n characters with its escapes: Slack counts
// those, and a cut one would show.
func escaped(s string, n int) string {
	for limit := n; ; {
		e := slackEscape.Replace(cut(s, limit))
		over := len([]rune(e)) - n
		if over <= 0 {
			return e
		}
		limit = max(limit-max(over/4, 1), 0)
	}
}

// slackIcons stand before the headline, so that a list of messages can be read at a
// glance.
var slackIcons = map[string]string{Failure: ":red_circle: ", Warning: ":large_yellow_circle: ", Recovery: ":large_green_circle: ", Success: ":large_green_circle: "}

type slackTextObject struct {
	Type  string `json:"type"`
	Text  string `json:"text"`
	Emoji bool   `json:"emoji,omitempty"`
}

type slackBlockObject struct {
	Type     string            `json:"type"`
	Text     *slackTextObject  `json:"text,omitempty"`
	Fields   []slackTextObject `json:"fields,omitempty"`
	Elements []slackTextObject `json:"elements,omitempty"`
}

type slackPayload struct {
	Channel     string             `json:"channel,omitempty"`
	Text        string             `json:"text"`
	Blocks      []slackBlockObject `json:"blocks"`
	UnfurlLinks bool               `json:"unfurl_links"`
}

// payload is the message in Block Kit, with a text for notifications and for
// clients that show no blocks.
func (r *slack) payload(p parcel) slackPayload {
	body := p.body()
	out := slackPayload{Channel: r.channel, Text: escaped(strings.TrimSpace(p.headline()+"\n"+body), slackText)}
	if r.token == "" {
		out.Channel = "" // a webhook posts to its own
	}
	add := func(b slackBlockObject) { out.Blocks = append(out.Blocks, b) }
	add(slackBlockObject{Type: "header", Text: &slackTextObject{"plain_text", cut(slackIcons[p.Event]+p.headline(), slackHeader), true}})
	if body != "" {
		add(slackBlockObject{Type: "section", Text: &slackTextObject{Type: "mrkdwn", Text: escaped(body, slackBlock)}})
	}
	var fields []slackTextObject
	for _, f := range p.facts() {
		if len(fields) == slackFields {
			break
		}
		fields = append(fields, slackTextObject{Type: "mrkdwn", Text: "*" + escaped(f.name, 80) + "*\n" + escaped(f.value, slackField)})
	}
	add(slackBlockObject{Type: "section", Fields: fields})
	if p.repeat {
		add(slackBlockObject{Type: "context", Elements: []slackTextObject{{Type: "mrkdwn", Text: repetition}}})
	}
	return out
}

func (r *slack) send(ctx context.Context, n *network, p parcel) outcome {
	body, err := json.Marshal(r.payload(p))
	if err != nil {
		return outcome{err: err, final: true}
	}
	q := request{url: r.webhook, body: body, now: p.sending}
	if r.token != "" {
		q.url = r.api + "/chat.postMessage"
		q.header = map[string]string{"Authorization": "Bearer " + r.token}
		q.reads = slackAnswer
	}
	return n.post(ctx, q)
}

// slackPasses are the errors of Slack's methods that pass by themselves.
var slackPasses = map[string]bool{
	"ratelimited": true, "rate_limited": true, "message_limit_exceeded": true, "fatal_error": true, "internal_error": true,
	"request_timeout": true, "service_unavailable": true, "team_added_to_org": true,
}

// slackAnswer judges the answer of a method: its status is 200 in any case.
func slackAnswer(status int, body []byte) outcome {
	var a struct {
		OK    bool   `json:"ok"`
		Error string `json:"error"`
	}
	switch err := json.Unmarshal(body, &a); {
	case err != nil:
		return outcome{status: status, err: errors.New("the receiver's answer is not Slack's; the message may have arrived"), uncertain: true}
	case a.OK:
		return outcome{status: status}
	}
	return outcome{status: status, err: fmt.Errorf("Slack refused it: %s", cut(a.Error, maxAnswer)), final: !slackPasses[a.Error]} //nolint:staticcheck // a name
}
