package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"dex/internal/jinja/value"
)

// webhook posts the message itself, signed after Standard Webhooks 1.0
// (https://www.standardwebhooks.com): headers webhook-id, webhook-timestamp and
// webhook-signature. Idempotency-Key holds the id once more.
type webhook struct {
	address string
	key     []byte // nil does not sign
	header  map[string]string
}

// webhookText bounds the text: Standard Webhooks advises small payloads.
const webhookText = 20000

// ownHeaders may not be set: they are dex's.
var ownHeaders = []string{"Webhook-Id", "Webhook-Timestamp", "Webhook-Signature", "Idempotency-Key", "Content-Type", "Content-Length", "Host", "Transfer-Encoding", "Connection"}

func readWebhook(s *settings) receiver {
	r := &webhook{address: s.address("url", "", true), header: map[string]string{}}
	if !s.given("url") {
		s.needed("url", "", "It is the address to post to.")
	}
	if secret := s.secret("signing_secret"); secret != "" {
		r.key = signingKey(s, secret)
	}
	if h := s.Child("headers", "headers of channel "+s.channel.Name); h != nil {
		h.Dict.Each(func(k, _ value.Value) bool {
			name := value.ToStr(k)
			v := h.Text(name, "")
			s.channel.hide(v) // who adds a header adds a token
			r.header[name] = v
			if canonical := http.CanonicalHeaderKey(name); !validHeader(name, v) {
				h.Fault(name, "bad-value", fmt.Sprintf("%s of channel %s cannot be sent as a header", name, s.channel.Name), "")
			} else if slices.Contains(ownHeaders, canonical) {
				h.Fault(name, "bad-value", fmt.Sprintf("the header %s of channel %s is dex's own", name, s.channel.Name), "")
			}
			return true
		})
		h.Done()
	}
	return r
}

// signingKey reads a secret: "whsec_" and base64, as Standard Webhooks writes it, or
// any text, which is the key itself.
func signingKey(s *settings, secret string) []byte {
	code, ok := strings.CutPrefix(secret, "whsec_")
	if !ok {
		return []byte(secret)
	}
	s.channel.hide(code)
	key, err := base64.StdEncoding.DecodeString(code)
	if err != nil {
		s.Fault("signing_secret", "bad-value", "signing_secret of channel "+s.channel.Name+" is no base64 behind whsec_", "")
		return []byte(secret)
	}
	return key
}

func validHeader(name, v string) bool {
	for _, c := range []byte(name) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
			return false
		}
	}
	return name != "" && !strings.ContainsAny(v, "\r\n\x00")
}

func (r *webhook) target() string { return host(r.address) }

// dedups: that is what Idempotency-Key asks of it.
func (*webhook) dedups() bool { return true }

// webhookPayload is what is posted.
type webhookPayload struct {
	Type      string  `json:"type"` // "dex.failure"
	Timestamp string  `json:"timestamp"`
	Data      Message `json:"data"`
}

func (r *webhook) send(ctx context.Context, n *network, p parcel) outcome {
	m := p.Message
	m.Title, m.Text = m.headline(), cut(m.Text, webhookText)
	body, err := json.Marshal(webhookPayload{"dex." + p.Event, p.At.UTC().Format("2006-01-02T15:04:05.000Z07:00"), m})
	if err != nil {
		return outcome{err: err, final: true}
	}
	at := strconv.FormatInt(p.sending.Unix(), 10)
	header := map[string]string{"Idempotency-Key": p.id, "webhook-id": p.id, "webhook-timestamp": at}
	for k, v := range r.header {
		header[k] = v
	}
	if r.key != nil {
		header["webhook-signature"] = "v1," + sign(r.key, p.id, at, body)
	}
	return n.post(ctx, request{url: r.address, header: header, body: body, now: p.sending})
}

// sign is the HMAC-SHA256 of id, time and body, in base64.
func sign(key []byte, id, at string, body []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + at + "."))
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
