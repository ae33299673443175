package notify

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"dex/internal/jinja/value"
	"dex/internal/yamldoc"
)

// Config is the section notifications of dex.yml. It is not changed once it is read.
type Config struct {
	Channels []*Channel // in the order of dex.yml
	Rules    []*Rule
	// RunURL is a template of the address under which people find a run; "" is none.
	RunURL   string
	Delivery Delivery

	secrets []string
}

// Delivery says how messages are delivered.
type Delivery struct {
	Timeout    time.Duration // of one attempt
	Attempts   int           // all of them; the last one's failure makes a dead letter
	Backoff    time.Duration // before the second attempt; it doubles
	MaxBackoff time.Duration
	Drain      time.Duration // how long the end of a run waits for deliveries
}

// DefaultDelivery is how messages are delivered where dex.yml does not say.
var DefaultDelivery = Delivery{Timeout: 10 * time.Second, Attempts: 8, Backoff: 5 * time.Second, MaxBackoff: 15 * time.Minute, Drain: 5 * time.Second}

// Find gives the channel of a name; nil where there is none.
func (c *Config) Find(name string) *Channel {
	if c == nil {
		return nil
	}
	for _, ch := range c.Channels {
		if ch.Name == name {
			return ch
		}
	}
	return nil
}

// Names lists the names of the channels.
func (c *Config) Names() []string {
	if c == nil {
		return nil
	}
	out := make([]string, len(c.Channels))
	for i, ch := range c.Channels {
		out[i] = ch.Name
	}
	return out
}

// Secrets lists what must never be shown: parts of addresses, tokens, keys,
// passwords.
func (c *Config) Secrets() []string {
	if c == nil {
		return nil
	}
	return c.secrets
}

// Late reports whether the text at path, below the section, is a template that is
// rendered when there is something to tell.
func Late(path []string) bool {
	switch {
	case len(path) == 0:
		return false
	case path[0] == "run_url" || path[0] == "templates":
		return true
	case path[0] == "rules":
		last := path[len(path)-1]
		return last == "title" || last == "message"
	}
	return false
}

// Read reads the section. check looks at the syntax of a template. Faults are in
// m's list; what could be read comes back in any case, secrets included.
func Read(m *yamldoc.Mapping, check func(template string) error) *Config {
	r := &reader{Mapping: m, c: &Config{Delivery: DefaultDelivery}, check: check}
	private := m.Bool("allow_private_addresses", false)
	r.delivery()
	if channels := m.Child("channels", "channels of notifications"); channels != nil {
		for _, name := range channels.Keys() {
			r.channel(channels, name, private)
		}
		channels.Done()
	}
	r.c.RunURL = r.template(m, "run_url")
	r.templates()
	m.Each("rules", "notification rule", func(i int, item *yamldoc.Mapping) { r.rule(i, item) })
	m.Done()
	return r.c
}

// reader reads the section.
type reader struct {
	*yamldoc.Mapping
	c     *Config
	named map[string]form
	check func(template string) error

	seen []string
}

func (r *reader) delivery() {
	m := r.Child("defaults", "defaults of notifications")
	if m == nil {
		return
	}
	d := &r.c.Delivery
	d.Timeout = r.positive(m, "timeout", d.Timeout)
	d.Attempts = m.Int("attempts", d.Attempts, 1, 1000)
	d.Backoff = r.positive(m, "backoff", d.Backoff)
	d.MaxBackoff = r.positive(m, "max_backoff", max(d.MaxBackoff, d.Backoff))
	d.Drain = m.Duration("drain", d.Drain)
	if d.MaxBackoff < d.Backoff {
		m.Fault("max_backoff", "out-of-range", "max_backoff of notifications is shorter than backoff", "")
	}
	m.Done()
}

func (r *reader) positive(m *yamldoc.Mapping, key string, def time.Duration) time.Duration {
	d := m.Duration(key, def)
	if d <= 0 {
		m.Fault(key, "out-of-range", fmt.Sprintf("%s of notifications has to be longer than nothing", key), "")
		return def
	}
	return min(d, math.MaxInt64/4)
}

func (r *reader) channel(channels *yamldoc.Mapping, name string, private bool) {
	r.seen = append(r.seen, name)
	if _, ok := channels.Dict.GetStr(name); !ok {
		channels.Missing(name, "YAML reads on, off, yes, no and numbers as values that are no text: a name like these is written in quotes.")
		return
	}
	m := channels.Child(name, "channel "+name)
	if m == nil {
		if channels.Value(name) == nil {
			channels.Missing(name, "A channel is a mapping with a type and its settings.")
		}
		return
	}
	if strings.TrimSpace(name) != name || name == "" || strings.ContainsAny(name, ",\n") {
		channels.Fault(name, "bad-value", fmt.Sprintf("'%s' cannot be the name of a channel", name), "Use letters, digits, _ and -.")
	}
	c, ok := readChannel(name, m, private)
	r.c.secrets = append(r.c.secrets, c.secrets...)
	if ok {
		r.c.Channels = append(r.c.Channels, c)
	}
}

// form is how a message is worded: templates, "" for dex's own words.
type form struct{ title, message string }

// templates reads the named templates: a text, or a mapping with title and message.
func (r *reader) templates() {
	r.named = map[string]form{}
	m := r.Child("templates", "templates of notifications")
	if m == nil {
		return
	}
	for _, name := range m.Keys() {
		if _, ok := m.Value(name).(*value.Dict); ok {
			t := m.Child(name, "template "+name)
			r.named[name] = form{r.template(t, "title"), r.template(t, "message")}
			t.Done()
			continue
		}
		r.named[name] = form{message: r.template(m, name)}
	}
	m.Done()
}

// template reads a template and looks at its syntax.
func (r *reader) template(m *yamldoc.Mapping, key string) string {
	text := m.Text(key, "")
	if text == "" || r.check == nil {
		return text
	}
	if err := r.check(text); err != nil {
		m.Fault(key, "template-syntax", fmt.Sprintf("%s is no template: %s", key, err), "")
		return ""
	}
	return text
}

// known holds the name of a channel against those that there are.
func (r *reader) known(m *yamldoc.Mapping, key, name string) bool {
	if slices.Contains(r.seen, name) {
		return true
	}
	m.Fault(key, "unknown-channel", fmt.Sprintf("There is no channel '%s'", name), suggestion(name, r.seen))
	return false
}

// suggestion is what to do about a name that is not known.
func suggestion(name string, known []string) string {
	if len(known) == 0 {
		return "dex.yml has no channels: notifications: {channels: {…}}."
	}
	hint := "Channels of dex.yml: " + strings.Join(known, ", ") + "."
	if near := yamldoc.Nearest(name, known); near != "" && name != "" {
		hint = fmt.Sprintf("Did you mean '%s'? %s", near, hint)
	}
	return hint
}
