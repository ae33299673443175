package postgres

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"dex/internal/pgtest"
)

// sslRequest is the code of the message by which a client asks for TLS. PostgreSQL:
// "Message Formats".
const sslRequest = 80877103

// encrypted puts a port with TLS before the tests' server, which has a socket alone.
// It gives the port, and how many connections have used TLS.
func encrypted(t *testing.T, at pgtest.Settings, cert tls.Certificate) (port int, secured func() int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	var n atomic.Int64
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return // the test has ended
			}
			go relay(c, fmt.Sprintf("%s/.s.PGSQL.%d", at.Host, at.Port), cert, &n)
		}
	}()
	return l.Addr().(*net.TCPAddr).Port, n.Load
}

// relay passes a connection on to the server's socket. Where either side fails both
// are closed, which the test sees.
func relay(c net.Conn, socket string, cert tls.Certificate, secured *atomic.Int64) {
	defer c.Close()
	first := make([]byte, 8)
	if _, err := io.ReadFull(c, first); err != nil {
		return
	}
	if binary.BigEndian.Uint32(first[4:]) == sslRequest {
		if _, err := c.Write([]byte{'S'}); err != nil {
			return
		}
		over := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{cert}})
		if over.Handshake() != nil {
			return
		}
		secured.Add(1)
		c, first = over, nil
	}
	server, err := net.Dial("unix", socket)
	if err != nil {
		return
	}
	defer server.Close()
	if _, err := server.Write(first); err != nil {
		return
	}
	go func() {
		defer server.Close()
		_, _ = io.Copy(server, c) // its end is the connection's
	}()
	_, _ = io.Copy(c, server)
}

// certificates makes an authority, in a file, and a certificate of it for a host.
func certificates(t *testing.T, host string) (authority string, cert tls.Certificate) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority of the tests"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	rootDER, err := x509.CreateCertificate(rand.Reader, root, root, &rootKey.PublicKey, rootKey)
	must(err)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host}, NotBefore: root.NotBefore,
		NotAfter: root.NotAfter, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, root, &key.PublicKey, rootKey)
	must(err)
	authority = filepath.Join(t.TempDir(), "root.crt")
	must(os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: rootDER}), 0o600))
	return authority, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
