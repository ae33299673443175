package notify

import (
	"slices"
	"strings"
	"testing"
)

// All faults of a section are told together, each at its place.
func TestFaultsTogether(t *testing.T) {
	c, faults := read(t, `
channels:
  slack: {type: slack}
  bot: {type: slack, token: xoxb-secret-in-plain}
  pager: {type: pagerdutty, routing_key: secret-key-1}
  oncall: {type: pagerduty, routing_key: too-short}
  dd: {type: datadog, api_key: abcdef, tokn: secret-tokn-1}
  mail: {type: email, host: h, from: nobody, to: [a@b.c, nope], security: tsl}
  clear: {type: webhook, url: "http://hooks.example.com/x"}
  odd: {type: webhook, url: "ftp://x", headers: {Idempotency-Key: x, "bad header": y}}
  none: {}
  no: {type: slack}
defaults: {timeout: 0s, attempts: 0, backoff: 1h, max_backoff: 1m, retries: 3}
rules:
  - {on: [failure, succes], channel: slak}
  - {name: r, select: "tag:x", for: run, channels: [slack], severity: hih}
  - {name: r, on: skipped, channel: slack}
  - {on: failure}
chanels: {}
`)
	var got []string
	for _, f := range faults {
		if f.Pos.Line == 0 {
			t.Errorf("without a place: %s", f.Summary)
		}
		got = append(got, f.Summary+" "+f.Hint)
	}
	all := strings.Join(got, "\n")
	for _, want := range []string{
		"channel slack needs the key 'webhook_url'", "channel bot needs the key 'channel'", "type of channel pager may not be 'pagerdutty' Did you mean 'pagerduty'?",
		"routing_key of channel oncall does not have 32 characters", "Unknown key 'tokn' in channel dd", "'nobody' in channel mail is no mail address", "'nope' in channel mail",
		"security of channel mail may not be 'tsl'", "url of channel clear sends in clear text", "url of channel odd is no address", "the header Idempotency-Key of channel odd is dex's own",
		"bad header of channel odd cannot be sent", "channel none needs the key 'type'", "written in quotes", "timeout of notifications has to be longer", "attempts of defaults",
		"max_backoff of notifications is shorter", "Unknown key 'retries'", "on may not be 'succes' Did you mean 'success'?", "There is no channel 'slak' Did you mean 'slack'?",
		"A rule for runs has no select", "severity of notification rule r may not be 'hih'", "more than one notification rule named 'r'", "skipped is an event of nodes",
		"notification rule rule4 needs the key 'channel'", "Unknown key 'chanels'",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("not told: %s", want)
		}
	}
	if t.Failed() {
		t.Log(all)
	}
	for _, secret := range []string{"xoxb-secret-in-plain", "secret-key-1", "too-short", "secret-tokn-1"} {
		if !slices.Contains(c.Secrets(), secret) {
			t.Errorf("%s is not taken for a secret: a caret would show it", secret)
		}
	}
}

func TestSecretsOfChannels(t *testing.T) {
	c := config(t, `
channels:
  slack: {type: slack, webhook_url: "https://hooks.slack.com/services/T0/B0/theLastPart1"}
  teams: {type: teams, webhook_url: "https://x.logic.azure.com/workflows/abcdef?sig=theSignature1"}
  hook: {type: webhook, url: "https://u:thePassword1@h.example.com/", signing_secret: theSigning1, headers: {X-Token: theHeader1}}
  dd: {type: datadog, api_key: theApiKey1}
  mail: {type: email, host: h, username: ada, password: theMail1, from: a@b.c, to: d@e.f}
`)
	for _, s := range []string{"theLastPart1", "services/T0/B0/theLastPart1", "theSignature1", "thePassword1", "theSigning1", "theHeader1", "theApiKey1", "theMail1"} {
		if !slices.Contains(c.Secrets(), s) {
			t.Errorf("%s is not learned", s)
		}
	}
	for _, s := range []string{"ada", "slack", "hooks.slack.com", "h"} {
		if slices.Contains(c.Secrets(), s) {
			t.Errorf("%s is no secret", s)
		}
	}
	for _, ch := range c.Channels {
		for _, s := range c.Secrets() {
			if strings.Contains(ch.Target(), s) {
				t.Errorf("channel %s shows %s", ch.Name, s)
			}
		}
	}
}
