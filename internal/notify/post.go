package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// outcome is how one attempt ended.
type outcome struct {
	status     int // of HTTP; 0 where there was none
	err        error
	final      bool          // another attempt would end the same way
	uncertain  bool          // it may have arrived all the same
	retryAfter time.Duration // what the receiver asks for
}

const (
	// maxBody is how much of an answer is read: enough for its error.
	maxBody = 64 << 10
	// maxAnswer is how much of that is kept.
	maxAnswer = 300
	// maxRetryAfter bounds what a receiver may ask for.
	maxRetryAfter = time.Hour
)

// request is what is posted.
type request struct {
	url    string
	header map[string]string
	body   []byte
	now    time.Time
	// reads makes the answer's body part of the outcome; else its status is enough,
	// and a body that is slow or cut off costs nothing.
	reads func(status int, body []byte) outcome
}

// post sends a request and judges the answer.
func (n *network) post(ctx context.Context, r request) outcome {
	sent := false
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(i httptrace.WroteRequestInfo) { sent = i.Err == nil }})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url, bytes.NewReader(r.body))
	if err != nil {
		return outcome{err: errors.New("the address of the channel cannot be used"), final: true}
	}
	req.Header.Set("User-Agent", "dex")
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	for k, v := range r.header {
		req.Header.Set(k, v)
	}
	res, err := n.client.Do(req)
	if err != nil {
		return failedCall(ctx, err, sent)
	}
	defer res.Body.Close()
	ok := res.StatusCode/100 == 2
	if ok && r.reads == nil {
		return outcome{status: res.StatusCode}
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody))
	if ok && err != nil {
		o := failedCall(ctx, fmt.Errorf("the answer was cut off: %w", err), true)
		o.status = res.StatusCode
		return o
	}
	if ok {
		return r.reads(res.StatusCode, body)
	}
	return refused(res, body, r.now)
}

// failedCall judges a call without an answer. All of these may pass but an address
// that is not allowed.
func failedCall(ctx context.Context, err error, sent bool) outcome {
	if p := forbidden(err); p != nil {
		return outcome{err: p, final: true}
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err // its address may hold a secret
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = errors.New("no answer in time")
	}
	if sent {
		err = fmt.Errorf("%w; the message may have arrived", err)
	}
	return outcome{err: err, uncertain: sent}
}

// refused judges an answer that is not a success. Vendors: 429 and 5xx are tried
// again, other 4xx are not.
func refused(res *http.Response, body []byte, now time.Time) outcome {
	o := outcome{status: res.StatusCode}
	switch code := res.StatusCode; {
	case code/100 == 3:
		o.final = true
		o.err = fmt.Errorf("the receiver answered %s: dex follows no redirect; give the channel the address it leads to", res.Status)
		return o
	case code == http.StatusTooManyRequests, code == http.StatusRequestTimeout, code == http.StatusTooEarly, code >= 500:
		o.retryAfter = retryAfter(res.Header.Get("Retry-After"), now)
	default:
		o.final = true
	}
	o.err = answered(res.Status, body)
	return o
}

// answered words an answer that is an error.
func answered(status string, body []byte) error {
	text := strings.Join(strings.Fields(strings.ToValidUTF8(string(body), "?")), " ")
	if text == "" {
		return fmt.Errorf("the receiver answered %s", status)
	}
	return fmt.Errorf("the receiver answered %s: %s", status, cut(text, maxAnswer))
}

// retryAfter reads the header of that name: seconds or a date. RFC 9110, 10.2.3.
func retryAfter(h string, now time.Time) time.Duration {
	h = strings.TrimSpace(h)
	if h == "" {
		return 0
	}
	if n, err := strconv.ParseFloat(h, 64); err == nil {
		if n <= 0 || n != n {
			return 0
		}
		if n >= maxRetryAfter.Seconds() {
			return maxRetryAfter
		}
		return time.Duration(n * float64(time.Second))
	}
	at, err := http.ParseTime(h)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), maxRetryAfter)
}
