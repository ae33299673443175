package notify

import (
	"bufio"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"

	"dex/internal/store"
)

// postOffice is an SMTP server that takes what it is told to.
type postOffice struct {
	mu      sync.Mutex
	mails   []string
	to      []string
	refuse  map[string]string // by verb: an answer in place of the usual one
	offer   []string          // extensions
	address string
}

func newPostOffice(t *testing.T, refuse map[string]string, offer ...string) *postOffice {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &postOffice{refuse: refuse, offer: offer, address: l.Addr().String()}
	var all sync.WaitGroup
	t.Cleanup(func() { l.Close(); all.Wait() })
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { p.serve(c) })
		}
	})
	return p
}

func (p *postOffice) serve(c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	say := func(s string) { io.WriteString(c, s+"\r\n") }
	say("220 post")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		verb := strings.ToUpper(strings.Fields(line + " x")[0])
		if answer, ok := p.refuse[verb]; ok {
			say(answer)
			continue
		}
		switch verb {
		case "EHLO":
			for _, o := range p.offer {
				say("250-" + o)
			}
			say("250 post")
		case "RCPT":
			p.mu.Lock()
			p.to = append(p.to, line)
			p.mu.Unlock()
			say("250 ok")
		case "DATA":
			say("354 go on")
			var b strings.Builder
			for {
				l, err := in.ReadString('\n')
				if err != nil {
					return
				}
				if l == ".\r\n" {
					break
				}
				b.WriteString(l)
			}
			if answer, ok := p.refuse["END"]; ok {
				say(answer)
				continue
			}
			p.mu.Lock()
			p.mails = append(p.mails, b.String())
			p.mu.Unlock()
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func mailRig(t *testing.T, p *postOffice, security string) *rig {
	r := newRig(t, config(t, fmt.Sprintf(`{allow_private_addresses: true, defaults: {timeout: 2s}, channels: {mail: {type: email, url: "smtp://%s", security: %s, from: "dex <dex@example.com>", to: [a@example.com, "Bé <b@example.com>"]}}}`, p.address, security)))
	return r
}

func TestEmail(t *testing.T) {
	p := newPostOffice(t, nil)
	r := mailRig(t, p, "none")
	m := aFailure()
	m.Title = "Größe\r\nBcc: evil@example.com"
	r.send(m, "mail")
	r.deliver()
	r.want("mail", store.Delivered, 1, "")
	if len(p.mails) != 1 || strings.Join(p.to, ";") != "RCPT TO:<a@example.com>;RCPT TO:<b@example.com>" {
		t.Fatal(p.mails, p.to)
	}
	got, err := mail.ReadMessage(strings.NewReader(p.mails[0]))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject"))
	if err != nil || subject != "Größe" || got.Header.Get("Bcc") != "" || got.Header.Get("Message-ID") != "<"+r.notice("mail").ID+"@dex>" || got.Header.Get("Auto-Submitted") != "auto-generated" {
		t.Error(subject, got.Header, err)
	}
	if to, err := got.Header.AddressList("To"); err != nil || len(to) != 2 || to[1].Name != "Bé" {
		t.Error(to, err)
	}
	kind, params, err := mime.ParseMediaType(got.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatal(kind, err)
	}
	parts := multipart.NewReader(got.Body, params["boundary"])
	for _, want := range []struct{ kind, text string }{{"text/plain", "Binder Error: <a> & <b>"}, {"text/html", "Binder Error: &lt;a&gt; &amp; &lt;b&gt;"}} {
		part, err := parts.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(part) // quoted-printable is undone by multipart
		if err != nil || !strings.HasPrefix(part.Header.Get("Content-Type"), want.kind) || !strings.Contains(string(body), want.text) {
			t.Errorf("%s: %s %v", want.kind, body, err)
		}
	}
}

func TestEmailFaults(t *testing.T) {
	for name, c := range map[string]struct {
		refuse   map[string]string
		security string
		state    store.NoticeState
		err      string
	}{
		"no STARTTLS":     {nil, "starttls", store.Dead, "no STARTTLS"},
		"greylisted":      {map[string]string{"RCPT": "451 come back later"}, "none", store.Pending, "451: come back later"},
		"unknown mailbox": {map[string]string{"RCPT": "550 no such user"}, "none", store.Dead, "550: no such user"},
		"refused content": {map[string]string{"END": "554 spam"}, "none", store.Dead, "554: spam"},
		"full":            {map[string]string{"END": "452 full"}, "none", store.Pending, "452: full"},
		"no TLS":          {nil, "tls", store.Pending, "tls"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPostOffice(t, c.refuse)
			r := mailRig(t, p, c.security)
			r.send(aFailure(), "mail")
			r.deliver()
			r.want("mail", c.state, 1, c.err)
			if len(p.mails) > 0 {
				t.Error("a mail has arrived")
			}
		})
	}
}
