package deps

import (
	"context"
	"crypto/sha1" //nolint:gosec // what the hub names; see hubVersion
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"dex/internal/event"
)

const (
	retries      = 5                // dbt: six attempts in all
	pause        = time.Second      // between them
	longestPause = 30 * time.Second // that a server may ask for
	hubTimeout   = 30 * time.Second // without a word from the hub
	fileTimeout  = 10 * time.Second // of an archive; DBT_HTTP_TIMEOUT
	maxAnswer    = 64 << 20
	maxDownload  = 512 << 20
)

// fetcher sends requests, again where that may help. Proxies are those of the
// environment.
type fetcher struct {
	in      Options
	client  *http.Client
	pause   time.Duration
	timeout time.Duration // of archives
}

func newFetcher(o Options) *fetcher {
	f := &fetcher{in: o, client: o.Client, pause: pause, timeout: fileTimeout}
	if o.Pause != 0 {
		f.pause = max(o.Pause, 0)
	}
	if f.client == nil {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.DialContext = (&net.Dialer{Timeout: hubTimeout, KeepAlive: hubTimeout}).DialContext
		f.client = &http.Client{Transport: transport}
	}
	if v, ok := o.Env("DBT_HTTP_TIMEOUT"); ok {
		if s, err := strconv.ParseFloat(v, 64); err == nil && s > 0 {
			f.timeout = time.Duration(s * float64(time.Second))
		}
	}
	return f
}

// statusError is an answer that is no success.
type statusError struct {
	status int
	url    string
	after  time.Duration // which the server asks to wait
}

func (e *statusError) Error() string {
	return fmt.Sprintf("%d %s for url: %s", e.status, http.StatusText(e.status), e.url)
}

// lasting reports that the same request would fail again. dbt tries all of them
// six times.
func lasting(err error) bool {
	var status *statusError
	var not *refusedError
	switch {
	case errors.As(err, &status):
		return status.status < 500 && status.status != http.StatusTooManyRequests && status.status != http.StatusRequestTimeout
	case errors.As(err, &not), errors.Is(err, context.Canceled):
		return true
	}
	return false
}

// retried calls what may fail for a while. dbt: connection_exception_retry.
func (f *fetcher) retried(ctx context.Context, call func() error) error {
	for attempt := 0; ; attempt++ {
		err := call()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if lasting(err) || attempt == retries {
			return fmt.Errorf("External connection exception occurred: %w", err) //nolint:staticcheck // dbt's words
		}
		f.in.Emit(event.Debug, event.RecordRetryException{Exc: f.in.Clean(err.Error())})
		f.in.Emit(event.Debug, event.RetryExternalCall{Attempt: attempt, Max: retries})
		wait := f.pause
		var status *statusError
		if errors.As(err, &status) && f.pause > 0 {
			wait = max(wait, min(status.after, longestPause))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// open asks for an address and hands its body to use. A body that says nothing
// for as long as timeout ends the request.
func (f *fetcher) open(ctx context.Context, url string, timeout time.Duration, use func(status int, body io.Reader) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := time.AfterFunc(timeout, func() { cancel(fmt.Errorf("no answer within %s from %s", timeout, url)) })
	defer silence.Stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return &refusedError{err.Error()}
	}
	if req.URL.Scheme != "http" && req.URL.Scheme != "https" {
		return refused("%q is no address of the web: it begins with neither http:// nor https://", url)
	}
	resp, err := f.client.Do(req)
	if err != nil {
		return timedOut(ctx, err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end or not, nothing is lost
	if resp.StatusCode/100 != 2 {
		after, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
		err = &statusError{resp.StatusCode, url, time.Duration(after) * time.Second}
		return errors.Join(use(resp.StatusCode, nil), err)
	}
	return timedOut(ctx, use(resp.StatusCode, &wakeful{resp.Body, func() { silence.Reset(timeout) }}))
}

// timedOut gives the reason why a request was given up.
func timedOut(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); err != nil && cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	return err
}

// wakeful tells of every read that brought something.
type wakeful struct {
	io.Reader
	heard func()
}

func (w *wakeful) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if n > 0 {
		w.heard()
	}
	return n, err
}

// json asks the hub and gives the text of its answer.
func (f *fetcher) json(ctx context.Context, url string, index bool, read func(body []byte) error) error {
	return f.retried(ctx, func() error {
		f.in.Emit(event.Debug, event.RegistryGet{URL: url, Index: index})
		return f.open(ctx, url, hubTimeout, func(status int, body io.Reader) error {
			f.in.Emit(event.Debug, event.RegistryGot{URL: url, Status: status, Index: index})
			if body == nil {
				return nil
			}
			text, err := io.ReadAll(io.LimitReader(body, maxAnswer))
			if err != nil {
				return err
			}
			return read(text)
		})
	})
}

// archive fetches a .tar.gz and unpacks it below dir; it gives the folder of the
// package. check is told the archive's sha1, once it is whole.
func (f *fetcher) archive(ctx context.Context, url, dir string, check func(sha1 string) error) (string, error) {
	top := ""
	err := f.retried(ctx, func() error {
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Join(dir, "files"), 0o755); err != nil {
			return err
		}
		sum, err := f.download(ctx, url, filepath.Join(dir, "archive"))
		if err != nil {
			return err
		}
		packed, err := os.Open(filepath.Join(dir, "archive"))
		if err != nil {
			return err
		}
		defer packed.Close() //nolint:errcheck // only read
		if top, err = unpack(packed, filepath.Join(dir, "files")); err != nil {
			return fmt.Errorf("unpack %s: %w", f.in.Clean(url), err)
		}
		if check != nil {
			return check(sum)
		}
		return nil
	})
	return top, err
}

// download writes what lies at an address to a file and gives its sha1.
func (f *fetcher) download(ctx context.Context, url, path string) (sum string, err error) {
	file, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	h := sha1.New() //nolint:gosec // see above
	err = f.open(ctx, url, f.timeout, func(_ int, body io.Reader) error {
		if body == nil {
			return nil
		}
		n, err := io.Copy(io.MultiWriter(file, h), io.LimitReader(body, maxDownload+1))
		if n > maxDownload {
			return refused("the archive is larger than %d MiB", maxDownload>>20)
		}
		return err
	})
	return hex.EncodeToString(h.Sum(nil)), err
}
