package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// network is how channels reach their receivers: no redirect is followed, no proxy
// of the environment is used, certificates are verified, and unless it is open, no
// address of this machine or of a private network is called.
type network struct {
	client *http.Client
	dialer *net.Dialer
	roots  *x509.CertPool // nil is the system's
}

// PrivateAddressError is a receiver whose name leads to an address that may not be
// called.
type PrivateAddressError struct{ Address string }

// Error implements error.
func (e *PrivateAddressError) Error() string {
	return fmt.Sprintf("%s is an address of this machine or of a private network, and dex does not call those; allow_private_addresses: true in the channel of dex.yml lets it", e.Address)
}

// newNetwork makes a network. The check is made on the address that is dialled,
// after the name has been resolved, so that no answer of a name server gets around it.
func newNetwork(open bool, roots *x509.CertPool) *network {
	d := &net.Dialer{Timeout: 30 * time.Second, KeepAlive: -1}
	if !open {
		d.Control = func(_, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil || !public(at.Addr()) {
				return &PrivateAddressError{address}
			}
			return nil
		}
	}
	return &network{dialer: d, roots: roots, client: &http.Client{
		// A redirect could lead anywhere, with the secrets of the address on board.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: d.DialContext, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			// A connection of its own for each attempt: net/http repeats a request by itself
			// where it finds a kept connection broken, and attempts are counted here.
			DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: 64 << 10, ForceAttemptHTTP2: true,
		},
	}}
}

// reserved are networks that are not the public internet, beyond those that netip
// knows. IANA: special-purpose address registries.
var reserved = func() (all []netip.Prefix) {
	for _, s := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fec0::/10",
	} {
		all = append(all, netip.MustParsePrefix(s))
	}
	return all
}()

// carriers are networks of IPv6 addresses that lead to the IPv4 address in them:
// NAT64 and 6to4, with the byte at which that begins.
var carriers = map[netip.Prefix]int{
	netip.MustParsePrefix("64:ff9b::/96"): 12, netip.MustParsePrefix("64:ff9b:1::/48"): 12, netip.MustParsePrefix("2002::/16"): 2,
	netip.MustParsePrefix("::/96"): 12,
}

// public reports whether a is an address of the public internet.
func public(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	for _, p := range reserved {
		if p.Contains(a) {
			return false
		}
	}
	for p, at := range carriers {
		if p.Contains(a) {
			b := a.As16()
			return public(netip.AddrFrom4([4]byte(b[at : at+4])))
		}
	}
	return true
}

// dial opens a connection for a protocol other than HTTP.
func (n *network) dial(ctx context.Context, address string) (net.Conn, error) {
	return n.dialer.DialContext(ctx, "tcp", address)
}

// forbidden finds the address that might not be called; nil where err is another.
func forbidden(err error) *PrivateAddressError {
	var p *PrivateAddressError
	errors.As(err, &p)
	return p
}
