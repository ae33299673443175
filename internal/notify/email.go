package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"html"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"strconv"
	"strings"
	"time"
)

// email sends by SMTP: RFC 5321, STARTTLS (RFC 3207) or TLS from the start
// (RFC 8314), a message of text and HTML (RFC 5322, 2046).
type email struct {
	host, security, user, password string
	port                           int
	from                           *mail.Address
	to                             []*mail.Address
}

// mailText bounds the text of a mail, mailSubject its subject.
const (
	mailText    = 100_000
	mailSubject = 200
)

var mailPorts = map[string]int{"starttls": 587, "tls": 465, "none": 25}

func readEmail(s *settings) receiver {
	r := &email{host: s.Text("host", ""), user: s.Text("username", ""), password: s.secret("password")}
	r.security = s.OneOf("security", "starttls", "starttls", "tls", "none")
	r.port = s.Int("port", mailPorts[r.security], 1, 65535)
	if base := s.Text("url", ""); base != "" { // smtp://host:port, in place of host and port
		r.place(s, base)
	}
	s.needed("host", r.host, "It is the SMTP server that takes the mail.")
	if r.security == "none" && r.password != "" {
		s.Fault("security", "bad-value", "channel "+s.channel.Name+" would send its password in clear text", "Use starttls or tls.")
	}
	if (r.user == "") != (r.password == "") && s.channel.Enabled {
		s.Missing("password", "username and password go together.")
	}
	from := s.Text("from", "")
	s.needed("from", from, "It is the sender's address.")
	if from != "" {
		if a, ok := mailAddress(s, "from", from); ok {
			r.from = a
		}
	}
	for _, t := range s.Texts("to") {
		if t == "" && !s.channel.Enabled {
			continue
		}
		if a, ok := mailAddress(s, "to", t); ok {
			r.to = append(r.to, a)
		}
	}
	if len(r.to) == 0 && !s.Has("to") {
		s.needed("to", "", "It is one address or a list of them.")
	}
	return r
}

// place takes host and port of an address.
func (r *email) place(s *settings, base string) {
	at := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(base, "smtps://"), "smtp://"), "/")
	h, p, err := net.SplitHostPort(at)
	port, perr := strconv.Atoi(p)
	if err != nil || perr != nil {
		s.Fault("url", "bad-address", "url of channel "+s.channel.Name+" is no address", "Write it as smtp://host:port, or use host and port.")
		return
	}
	r.host, r.port = h, port
}

func mailAddress(s *settings, key, text string) (*mail.Address, bool) {
	a, err := mail.ParseAddress(text)
	if err != nil || strings.ContainsAny(text, "\r\n") {
		s.Fault(key, "bad-address", fmt.Sprintf("'%s' in channel %s is no mail address", text, s.channel.Name), "")
		return nil, false
	}
	return a, true
}

func (r *email) target() string {
	all := make([]string, len(r.to))
	for i, a := range r.to {
		all[i] = a.Address
	}
	return strings.Join(all, ", ")
}

func (*email) dedups() bool { return false }

// send speaks SMTP. A mail has arrived once the server took its end; a connection
// that breaks before has left nothing there.
func (r *email) send(ctx context.Context, n *network, p parcel) outcome {
	c, err := r.connect(ctx, n)
	if err != nil {
		return mailFailure(ctx, err, false)
	}
	defer c.Close()
	if err := r.envelope(c); err != nil {
		return mailFailure(ctx, err, false)
	}
	w, err := c.Data()
	if err != nil {
		return mailFailure(ctx, err, false)
	}
	if _, err := w.Write(r.message(p)); err != nil {
		return mailFailure(ctx, err, false)
	}
	if err := w.Close(); err != nil {
		return mailFailure(ctx, err, true)
	}
	_ = c.Quit() // the mail is theirs already
	return outcome{status: 250}
}

// connect opens the connection, encrypted as the channel asks for.
func (r *email) connect(ctx context.Context, n *network) (*smtp.Client, error) {
	conn, err := n.dial(ctx, net.JoinHostPort(r.host, strconv.Itoa(r.port)))
	if err != nil {
		return nil, err
	}
	if at, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(at) // a connection that takes no deadline ends with ctx
	}
	secure := &tls.Config{ServerName: r.host, RootCAs: n.roots, MinVersion: tls.VersionTLS12}
	if r.security == "tls" {
		t := tls.Client(conn, secure)
		if err := t.HandshakeContext(ctx); err != nil {
			conn.Close()
			return nil, err
		}
		conn = t
	}
	c, err := smtp.NewClient(conn, r.host)
	if err != nil {
		conn.Close()
		return nil, err
	}
	if err := r.begin(c, secure); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// noTLS is a server that does not offer what the channel asks for. It is not sent
// anything in clear text instead.
var noTLS = errors.New("the server offers no STARTTLS; security: tls or none says otherwise")

func (r *email) begin(c *smtp.Client, secure *tls.Config) error {
	if r.security == "starttls" {
		if ok, _ := c.Extension("STARTTLS"); !ok {
			return noTLS
		}
		if err := c.StartTLS(secure); err != nil {
			return err
		}
	}
	if r.user == "" {
		return nil
	}
	return c.Auth(smtp.PlainAuth("", r.user, r.password, r.host))
}

func (r *email) envelope(c *smtp.Client) error {
	if err := c.Mail(r.from.Address); err != nil {
		return err
	}
	for _, a := range r.to {
		if err := c.Rcpt(a.Address); err != nil {
			return err
		}
	}
	return nil
}

// mailFailure judges an error. RFC 5321, 4.2.1: 4xx pass, 5xx do not.
func mailFailure(ctx context.Context, err error, ended bool) outcome {
	var reply *textproto.Error
	if errors.As(err, &reply) {
		return outcome{status: reply.Code, err: fmt.Errorf("the mail server answered %d: %s", reply.Code, cut(strings.Join(strings.Fields(reply.Msg), " "), maxAnswer)), final: reply.Code >= 500}
	}
	if errors.Is(err, noTLS) {
		return outcome{err: err, final: true}
	}
	return failedCall(ctx, err, ended)
}

// message is the mail: text and HTML of the same content.
func (r *email) message(p parcel) []byte {
	var b bytes.Buffer
	head := func(name, v string) { b.WriteString(name + ": " + v + "\r\n") }
	to := make([]string, len(r.to))
	for i, a := range r.to {
		to[i] = a.String()
	}
	head("From", r.from.String())
	head("To", strings.Join(to, ",\r\n "))
	head("Subject", mime.QEncoding.Encode("utf-8", cut(oneLine(p.headline()), mailSubject)))
	head("Date", p.At.UTC().Format(time.RFC1123Z))
	head("Message-ID", "<"+p.id+"@dex>") // the same at each attempt: servers and readers may drop a second one
	head("Auto-Submitted", "auto-generated")
	if p.Severity == "critical" || p.Severity == "error" {
		head("Importance", "high")
	}
	boundary := "=_dex_" + p.id
	head("MIME-Version", "1.0")
	head("Content-Type", `multipart/alternative; boundary="`+boundary+`"`)
	part := func(kind, text string) {
		b.WriteString("\r\n--" + boundary + "\r\n")
		head("Content-Type", kind+"; charset=utf-8")
		head("Content-Transfer-Encoding", "quoted-printable")
		b.WriteString("\r\n")
		q := quotedprintable.NewWriter(&b)
		_, _ = q.Write([]byte(strings.ReplaceAll(text, "\n", "\r\n"))) // into memory
		_ = q.Close()
	}
	part("text/plain", cut(oneLine(p.headline())+"\n\n"+p.plain(), mailText))
	part("text/html", mailHTML(p))
	b.WriteString("\r\n--" + boundary + "--\r\n")
	return b.Bytes()
}

// oneLine is s without line breaks and other control characters.
func oneLine(s string) string {
	return strings.Map(func(c rune) rune {
		if c < 0x20 || c == 0x7f {
			return ' '
		}
		return c
	}, s)
}

var mailColors = map[string]string{"critical": "#b00020", "error": "#b00020", "warning": "#a86500", "info": "#444444"}

func mailHTML(p parcel) string {
	color := mailColors[p.Severity]
	if p.Event == Recovery || p.Event == Success {
		color = "#1b7f3b"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<html><body style=\"font-family:sans-serif\"><h2 style=\"color:%s\">%s</h2>\n", color, html.EscapeString(p.headline()))
	if p.repeat {
		fmt.Fprintf(&b, "<p><em>%s</em></p>\n", repetition)
	}
	if body := p.body(); body != "" {
		fmt.Fprintf(&b, "<pre style=\"white-space:pre-wrap\">%s</pre>\n", html.EscapeString(cut(body, mailText)))
	}
	b.WriteString("<table>\n")
	for _, f := range p.facts() {
		fmt.Fprintf(&b, "<tr><td><b>%s</b></td><td>%s</td></tr>\n", html.EscapeString(f.name), html.EscapeString(f.value))
	}
	b.WriteString("</table></body></html>\n")
	return b.String()
}
