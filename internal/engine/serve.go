package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"dex/internal/artifact"
	"dex/internal/diag"
	"dex/internal/docsite"
	"dex/internal/event"
)

// loadSite finds the target folder. Neither a profile nor a database is needed.
func loadSite(ctx context.Context, w *work) error {
	if err := w.loadRoot(ctx); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(w.targetDir(), "manifest.json")); errors.Is(err, fs.ErrNotExist) {
		return &diag.ListError{List: diag.List{{
			Class: diag.Runtime, Code: "no-docs", Summary: "There is no documentation in " + w.targetDir(), Hint: "Write it first: dex docs generate",
		}}}
	}
	return artifact.WriteText(filepath.Join(w.targetDir(), "index.html"), docsite.Page())
}

// serveDocs serves the target folder until ctx ends, which is no error. dbt:
// ServeTask.
func serveDocs(ctx context.Context, w *work) error {
	// What stands outside of the folder is out of reach, by links as well.
	root, err := os.OpenRoot(w.targetDir())
	if err != nil {
		return fmt.Errorf("serve the documentation: %w", err)
	}
	defer root.Close()
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(w.inv.Docs.Host, strconv.Itoa(w.inv.Docs.Port)))
	if err != nil {
		return fmt.Errorf("serve the documentation: %w", err)
	}
	addr := l.Addr().(*net.TCPAddr)
	url := "http://" + net.JoinHostPort(reachable(addr.IP), strconv.Itoa(addr.Port))
	srv := &http.Server{Handler: siteHandler(root.FS(), addr.IP.IsLoopback()), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	w.engine.emit(event.Info, event.PrintEvent{Output: true, Msg: fmt.Sprintf("Serving docs at %d\nTo access from your browser, navigate to: %s\n\nPress Ctrl+C to exit.", addr.Port, url)})
	if w.inv.Docs.Browser {
		openBrowser(ctx, url)
	}
	select {
	case err := <-failed:
		return fmt.Errorf("serve the documentation: %w", err)
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := srv.Shutdown(end); err != nil {
		return fmt.Errorf("stop serving the documentation: %w", err)
	}
	return nil
}

// reachable is the name under which a browser on this machine reaches an address.
func reachable(ip net.IP) string {
	if ip.IsLoopback() || ip.IsUnspecified() {
		return "localhost"
	}
	return ip.String()
}

// siteHandler serves files to readers. On a loopback address it answers to this
// machine's own names alone: a page of elsewhere cannot have its name point here
// and read along.
func siteHandler(files fs.FS, local bool) http.Handler {
	next := http.FileServerFS(files)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		h := rw.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache")
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			h.Set("Allow", "GET, HEAD")
			http.Error(rw, "method not allowed", http.StatusMethodNotAllowed)
		case local && !localName(r.Host):
			http.Error(rw, "unknown host", http.StatusForbidden)
		default:
			next.ServeHTTP(rw, r)
		}
	})
}

// localName reports whether the host of a request is this machine.
func localName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// openBrowser asks the desktop to show a page. Where there is none, the address
// has been told.
func openBrowser(ctx context.Context, url string) {
	argv := map[string][]string{"darwin": {"open"}, "windows": {"rundll32", "url.dll,FileProtocolHandler"}}[runtime.GOOS]
	if argv == nil {
		argv = []string{"xdg-open"}
	}
	cmd := exec.CommandContext(ctx, argv[0], append(argv[1:], url)...)
	if cmd.Start() == nil {
		// How it ends tells nothing; not to wait would leave a zombie.
		go func() { _ = cmd.Wait() }()
	}
}
