package notify

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"dex/internal/jinja/value"
	"dex/internal/yamldoc"
)

// Channel is one way to tell: a channel of dex.yml. It is not changed once it is
// read.
type Channel struct {
	Name, Type string
	// Enabled is false for a channel that dex.yml switches off: nothing is sent to it.
	Enabled bool
	// AllowPrivate lets it call addresses of private networks and of this machine.
	AllowPrivate bool
	// Drop gives a message up where it is not known whether it has arrived; the
	// default is to send it again.
	Drop bool

	far     receiver
	secrets []string
}

// receiver gives a message the form of one service, and sends it there.
type receiver interface {
	send(ctx context.Context, n *network, p parcel) outcome
	// target names the far end for people, without secrets.
	target() string
	// dedups reports whether the far end drops a message that it has already.
	dedups() bool
}

// Target names the far end, without secrets.
func (c *Channel) Target() string {
	if c.far == nil {
		return ""
	}
	return c.far.target()
}

// Dedups reports whether the receiver drops what it has got already.
func (c *Channel) Dedups() bool { return c.far != nil && c.far.dedups() }

// kind is one type of channel.
type kind struct {
	name string
	read func(s *settings) receiver
}

// kinds are the types of channel. Each has a file of its name.
var kinds = []kind{
	{"slack", readSlack},
	{"datadog", readDatadog},
	{"pagerduty", readPagerDuty},
	{"email", readEmail},
	{"teams", readTeams},
	{"webhook", readWebhook},
}

// Types lists the types of channel.
func Types() []string {
	out := make([]string, len(kinds))
	for i, k := range kinds {
		out[i] = k.name
	}
	return out
}

// settings are the keys of one channel, being read.
type settings struct {
	*yamldoc.Mapping
	channel *Channel
}

// shown are the keys of channels whose values may be shown. Those of others, unknown
// ones too, are secret: a token behind a mistyped key must not stand under a caret.
var shown = []string{
	"type", "enabled", "allow_private_addresses", "uncertain", "channel", "site", "tags", "alert_type", "host", "port", "security",
	"username", "from", "to", "component", "group", "class", "region",
}

// readChannel reads one channel; it is false for one whose type is not known, and
// which has its secrets alone. Its faults are in m's list.
func readChannel(name string, m *yamldoc.Mapping, private bool) (*Channel, bool) {
	c := &Channel{Name: name}
	s := &settings{m, c}
	m.Dict.Each(func(k, v value.Value) bool {
		if text, ok := v.(value.Str); ok && !slices.Contains(shown, value.ToStr(k)) {
			c.hide(string(text))
		}
		return true
	})
	c.Enabled = m.Bool("enabled", true)
	c.AllowPrivate = m.Bool("allow_private_addresses", private)
	c.Drop = m.OneOf("uncertain", "resend", "resend", "drop") == "drop"
	if !m.Has("type") {
		m.Missing("type", "It is one of: "+strings.Join(Types(), ", ")+".")
		return c, false // its keys cannot be known
	}
	c.Type = m.OneOf("type", "", Types()...)
	for _, k := range kinds {
		if k.name == c.Type {
			c.far = k.read(s)
			m.Done()
			return c, true
		}
	}
	return c, false
}

// shortestSecret is the length below which a value is not looked for: it would
// blank harmless text.
const shortestSecret = 4

// hide makes texts secret.
func (c *Channel) hide(texts ...string) {
	for _, t := range texts {
		if len(t) >= shortestSecret {
			c.secrets = append(c.secrets, t)
		}
	}
}

// secret reads a text that must never be shown.
func (s *settings) secret(key string) string {
	v := strings.TrimSpace(s.Text(key, ""))
	s.channel.hide(v)
	return v
}

// needed reports a setting that is not there, unless the channel is off.
func (s *settings) needed(key, value, hint string) {
	if value == "" && s.channel.Enabled {
		s.Missing(key, hint)
	}
}

// given reports whether a key has a value.
func (s *settings) given(key string) bool { return strings.TrimSpace(s.Text(key, "")) != "" }

// address reads an address to post to, def where it is not there. All of it but its
// host is taken for a secret where it has one in its path.
func (s *settings) address(key, def string, secret bool) string {
	text := strings.TrimSpace(s.Text(key, def))
	if text == "" {
		return ""
	}
	if secret {
		s.channel.hide(text)
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		s.Fault(key, "bad-address", fmt.Sprintf("%s of channel %s is no address", key, s.channel.Name), "It begins with https://.")
		return ""
	}
	if u.Scheme == "http" && !s.channel.AllowPrivate {
		s.Fault(key, "bad-address", fmt.Sprintf("%s of channel %s sends in clear text", key, s.channel.Name),
			"Use https://. A receiver in a private network may have http:// with allow_private_addresses: true.")
		return ""
	}
	s.hideParts(u, secret)
	return text
}

// hideParts makes the secret parts of an address secret by themselves: messages
// show a path without its host, or the last part of it.
func (s *settings) hideParts(u *url.URL, secret bool) {
	if p, ok := u.User.Password(); ok {
		s.channel.hide(p)
	}
	if !secret {
		return
	}
	if path := strings.Trim(u.EscapedPath(), "/"); len(path) >= 2*shortestSecret {
		s.channel.hide(path, path[strings.LastIndexByte(path, '/')+1:])
	}
	if len(u.RawQuery) >= 2*shortestSecret {
		s.channel.hide(u.RawQuery)
	}
	for _, values := range u.Query() {
		for _, v := range values {
			if len(v) >= 2*shortestSecret {
				s.channel.hide(v)
			}
		}
	}
}

// host is what an address shows of itself.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}
