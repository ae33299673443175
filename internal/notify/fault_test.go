package notify

import (
	"bufio"
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"dex/internal/store"
)

// hooked is a section with one webhook, and fast times.
const hooked = `{allow_private_addresses: true, defaults: {timeout: 300ms, attempts: 4, backoff: 10s, max_backoff: 15s}, channels: {hook: {type: webhook, url: "URL/in"}}}`

func faulty(t *testing.T, far *farEnd) *rig {
	r := newRig(t, config(t, strings.ReplaceAll(hooked, "URL", far.URL)))
	r.send(aFailure(), "hook")
	return r
}

// raw answers each connection with do, below HTTP.
func raw(t *testing.T, do func(c net.Conn, q *http.Request)) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	t.Cleanup(func() { l.Close(); all.Wait() })
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer c.Close()
				q, err := http.ReadRequest(bufio.NewReader(c))
				if err != nil {
					return
				}
				io.Copy(io.Discard, q.Body)
				do(c, q)
			})
		}
	})
	return "http://" + l.Addr().String()
}

func rawRig(t *testing.T, section, url string) *rig {
	return newRig(t, config(t, strings.ReplaceAll(section, "URL", url)))
}

func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		status int
		header string
		state  store.NoticeState
		next   time.Duration
		err    string
	}{
		{200, "", store.Delivered, 0, ""},
		{202, "", store.Delivered, 0, ""},
		{204, "", store.Delivered, 0, ""},
		{429, "Retry-After: 42", store.Pending, 42 * time.Second, "429"},
		{429, "Retry-After: " + noon.Add(90*time.Second).Format(http.TimeFormat), store.Pending, 90 * time.Second, "429"},
		{429, "Retry-After: " + noon.Add(-time.Hour).Format(http.TimeFormat), store.Pending, 10 * time.Second, "429"},
		{429, "Retry-After: 99999999999999", store.Pending, time.Hour, "429"},
		{429, "Retry-After: -5", store.Pending, 10 * time.Second, "429"},
		{429, "Retry-After: soon", store.Pending, 10 * time.Second, "429"},
		{429, "Retry-After: NaN", store.Pending, 10 * time.Second, "429"},
		{429, "", store.Pending, 10 * time.Second, "429"},
		{503, "Retry-After: 11", store.Pending, 11 * time.Second, "503"},
		{500, "", store.Pending, 10 * time.Second, "500"},
		{408, "", store.Pending, 10 * time.Second, "408"},
		{400, "", store.Dead, 0, "400"},
		{401, "Retry-After: 5", store.Dead, 0, "401"},
		{404, "", store.Dead, 0, "404"},
		{410, "", store.Dead, 0, "410"},
		{413, "", store.Dead, 0, "413"},
		{301, "Location: https://example.com/", store.Dead, 0, "follows no redirect"},
		{307, "Location: /in", store.Dead, 0, "follows no redirect"},
	} {
		t.Run(fmt.Sprint(c.status, c.header), func(t *testing.T) {
			far := newFarEnd(t, func(_ int, w http.ResponseWriter, _ got) {
				if name, v, ok := strings.Cut(c.header, ": "); ok {
					w.Header().Set(name, v)
				}
				w.WriteHeader(c.status)
				if c.status != 204 {
					fmt.Fprint(w, "a word about it")
				}
			})
			r := faulty(t, far)
			r.deliver()
			n := r.want("hook", c.state, 1, c.err)
			if c.state == store.Pending && !n.NextAt.Equal(noon.Add(c.next)) {
				t.Errorf("tried again after %s, want %s", n.NextAt.Sub(noon), c.next)
			}
			if c.status >= 400 && !strings.Contains(n.Error, "a word about it") {
				t.Errorf("the receiver's word is lost: %s", n.Error)
			}
			far.only(t)
		})
	}
}

// A notice is tried until it is delivered, each time later; the key stays the same.
func TestRetries(t *testing.T) {
	far := newFarEnd(t, func(n int, w http.ResponseWriter, _ got) {
		if n < 3 {
			w.WriteHeader(500)
		}
	})
	r := faulty(t, far)
	r.deliver()
	r.want("hook", store.Pending, 1, "500")
	r.clock.turn(10*time.Second - 1)
	r.deliv.Settle(t.Context())
	if n := len(far.requests()); n != 1 {
		t.Fatalf("%d attempts before their time", n)
	}
	r.clock.turn(1)
	r.deliv.Settle(t.Context())
	if n := r.want("hook", store.Pending, 2, "500"); !n.NextAt.Equal(r.clock.Now().Add(15 * time.Second)) { // 20 s, but max_backoff is 15 s
		t.Errorf("%s later", n.NextAt.Sub(r.clock.Now()))
	}
	r.clock.turn(15 * time.Second)
	r.deliv.Settle(t.Context())
	r.want("hook", store.Delivered, 3, "")
	all := far.requests()
	for _, g := range all[1:] {
		if g.header.Get("Idempotency-Key") != all[0].header.Get("Idempotency-Key") {
			t.Error("another key at another attempt")
		}
	}
	attempts, err := r.store.NoticeAttempts(t.Context(), r.notice("hook").ID)
	if err != nil || len(attempts) != 3 || attempts[0].Status != 500 || attempts[2].Status != 200 {
		t.Error(attempts, err)
	}
}

func TestJitterIsFull(t *testing.T) {
	d := &Deliverer{Config: &Config{Delivery: Delivery{Backoff: 8 * time.Second, MaxBackoff: 20 * time.Second}}}
	for _, j := range []float64{0, 0.25, 1} {
		d.Jitter = func() float64 { return j }
		for n, most := range map[int]float64{1: 8, 2: 16, 3: 20, 60: 20, 5000: 20} {
			if got, want := d.backoff(n), time.Duration(j*most*float64(time.Second)); got != want {
				t.Errorf("jitter %v, attempt %d: %s, want %s", j, n, got, want)
			}
		}
	}
}

func TestDeadLetter(t *testing.T) {
	far := newFarEnd(t, func(_ int, w http.ResponseWriter, _ got) { w.WriteHeader(502) })
	r := faulty(t, far)
	r.deliver()
	for range 10 {
		r.clock.turn(time.Minute)
		r.deliv.Settle(t.Context())
	}
	n := r.want("hook", store.Dead, 4, "502")
	if len(far.requests()) != 4 {
		t.Errorf("%d requests", len(far.requests()))
	}
	// Redelivery is one attempt more.
	if err := r.store.ReviveNotice(t.Context(), n.ID, r.clock.Now()); err != nil {
		t.Fatal(err)
	}
	far.mu.Lock()
	far.answer = nil
	far.mu.Unlock()
	r.deliv.Wake()
	r.deliv.Settle(t.Context())
	r.want("hook", store.Delivered, 5, "")
}

// Faults below HTTP: all are tried again, and none takes longer than the time of an
// attempt.
func TestConnections(t *testing.T) {
	const slackBot = `{allow_private_addresses: true, defaults: {timeout: 300ms}, channels: {hook: {type: slack, token: xoxb-1234, channel: x, url: "URL"}}}`
	forever := func(c net.Conn) { io.Copy(io.Discard, c) } // until the other side goes
	for name, c := range map[string]struct {
		section string
		do      func(c net.Conn, q *http.Request)
		state   store.NoticeState
		err     string
		unsure  bool
	}{
		"no answer": {hooked, func(c net.Conn, _ *http.Request) { forever(c) }, store.Pending, "no answer in time; the message may have arrived", true},
		"reset": {hooked, func(c net.Conn, _ *http.Request) {
			c.(*net.TCPConn).SetLinger(0)
		}, store.Pending, "may have arrived", true},
		"closed":   {hooked, func(net.Conn, *http.Request) {}, store.Pending, "may have arrived", true},
		"not HTTP": {hooked, func(c net.Conn, _ *http.Request) { io.WriteString(c, "SSH-2.0-nope\r\n\r\n") }, store.Pending, "may have arrived", true},
		"slow body of a success": {hooked, func(c net.Conn, _ *http.Request) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nok")
			forever(c)
		}, store.Delivered, "", false},
		"lying length of a success": {hooked, func(c net.Conn, _ *http.Request) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nok")
		}, store.Delivered, "", false},
		"slow body of an error": {hooked, func(c net.Conn, _ *http.Request) {
			io.WriteString(c, "HTTP/1.1 500 Oh\r\nContent-Length: 1000\r\n\r\nthe reason")
			forever(c)
		}, store.Pending, "the reason", false},
		"lying length of an error": {hooked, func(c net.Conn, _ *http.Request) {
			io.WriteString(c, "HTTP/1.1 400 Bad Request\r\nContent-Length: 1000\r\n\r\nthe reason")
		}, store.Dead, "the reason", false},
		"body without end": {hooked, func(c net.Conn, _ *http.Request) {
			io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
			chunk := []byte(strings.Repeat("x", 1<<16))
			for range 1 << 10 {
				if _, err := c.Write(chunk); err != nil {
					return
				}
			}
		}, store.Dead, "xxx", false},
		"headers without end": {hooked, func(c net.Conn, _ *http.Request) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\n")
			for range 1 << 16 {
				if _, err := io.WriteString(c, "X-More: "+strings.Repeat("y", 1000)+"\r\n"); err != nil {
					return
				}
			}
		}, store.Pending, "may have arrived", true},
		"answer of a bot cut off": {slackBot, func(c net.Conn, _ *http.Request) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"ok\":true")
		}, store.Pending, "cut off", true},
		"answer of a bot slow": {slackBot, func(c net.Conn, _ *http.Request) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"ok\":true")
			forever(c)
		}, store.Pending, "no answer in time", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rawRig(t, c.section, raw(t, c.do))
			r.send(aFailure(), "hook")
			began := time.Now()
			r.deliver()
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("it took %s", took)
			}
			n := r.want("hook", c.state, 1, c.err)
			if len(n.Error) > 500 {
				t.Errorf("an error of %d bytes", len(n.Error))
			}
			marks, err := r.store.Marks(t.Context(), sendingMark)
			if err != nil || (len(marks) > 0) != c.unsure {
				t.Errorf("marks %v, %v; want one: %v", marks, err, c.unsure)
			}
		})
	}
}

func TestNobodyThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	r := rawRig(t, hooked, "http://"+l.Addr().String())
	r.send(aFailure(), "hook")
	r.deliver()
	n := r.want("hook", store.Pending, 1, "refused")
	if strings.Contains(n.Error, "/in") || strings.Contains(n.Error, "may have arrived") {
		t.Error(n.Error)
	}
}

// Private and loopback addresses are refused once the name is resolved, before a byte
// is sent.
func TestPrivateAddresses(t *testing.T) {
	far := newFarEnd(t, nil)
	for _, url := range []string{strings.Replace(far.URL, "http://", "https://", 1), "https://localhost" + far.URL[strings.LastIndex(far.URL, ":"):], "https://[::ffff:127.0.0.1]" + far.URL[strings.LastIndex(far.URL, ":"):]} {
		r := newRig(t, config(t, `{channels: {hook: {type: webhook, url: "`+url+`"}, mail: {type: email, host: localhost, port: 25, from: a@b.c, to: d@e.f, security: none}}}`))
		r.send(aFailure(), "hook", "mail")
		r.deliver()
		r.want("hook", store.Dead, 1, "allow_private_addresses")
		r.want("mail", store.Dead, 1, "allow_private_addresses")
	}
	if n := len(far.requests()); n > 0 {
		t.Errorf("%d requests have arrived", n)
	}
	for s, want := range map[string]bool{
		"127.0.0.1": false, "127.8.9.10": false, "10.1.2.3": false, "172.16.0.1": false, "172.32.0.1": true, "192.168.1.1": false, "169.254.169.254": false,
		"100.64.0.1": false, "0.0.0.0": false, "0.1.2.3": false, "224.0.0.1": false, "255.255.255.255": false, "198.18.0.1": false, "8.8.8.8": true, "1.1.1.1": true,
		"::1": false, "::": false, "fc00::1": false, "fd12::1": false, "fe80::1": false, "ff02::1": false, "::ffff:10.0.0.1": false, "::ffff:8.8.8.8": true,
		"64:ff9b::7f00:1": false, "64:ff9b::808:808": true, "2002:7f00:1::": false, "2002:808:808::": true, "2606:4700::1111": true, "::7f00:1": false,
		"2001:db8::1": false, "2001::1": false, "fec0::1": false,
	} {
		if public(netip.MustParseAddr(s)) != want {
			t.Errorf("public(%s) is %v", s, !want)
		}
	}
}

// A certificate that nobody vouches for is not taken; one that is trusted is.
func TestCertificates(t *testing.T) {
	arrived := 0
	srv := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived++ }))
	defer srv.Close()
	srv.Config.ErrorLog = nil
	r := rawRig(t, hooked, srv.URL)
	r.send(aFailure(), "hook")
	r.deliver()
	r.want("hook", store.Pending, 1, "certificate")
	if arrived != 0 {
		t.Error("a request has arrived")
	}
	r.deliv.Stop()
	r.deliverer(r.out.Config)
	r.deliv.Roots = x509.NewCertPool()
	r.deliv.Roots.AddCert(srv.Certificate())
	r.clock.turn(time.Minute)
	r.deliv.Start(context.WithoutCancel(t.Context()))
	r.deliv.Settle(t.Context())
	r.want("hook", store.Delivered, 2, "")
}
