package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// serveHTTP answers every path with the status, delay and body of the listener (query of its LISTEN entry) or of the
// environment. /healthz and /readyz answer 200 or 503 by HEALTHY and READY; /status/<code> and /delay/<duration> do as they say.
func serveHTTP(l net.Listener, u *url.URL, host string, started time.Time) error {
	setting := func(name string) string {
		if v := u.Query().Get(strings.ToLower(name)); v != "" {
			return v
		}
		return os.Getenv(name)
	}
	status, err := strconv.Atoi(orElse(setting("STATUS"), "200"))
	if err != nil {
		return fmt.Errorf("STATUS: %w", err)
	}
	delay, err := time.ParseDuration(orElse(setting("DELAY"), "0s"))
	if err != nil {
		return fmt.Errorf("DELAY: %w", err)
	}
	handler := func(w http.ResponseWriter, r *http.Request) {
		code, wait, path := status, delay, r.URL.Path
		switch {
		case path == "/healthz":
			code, wait = gate("HEALTHY", started), 0
		case path == "/readyz":
			code, wait = gate("READY", started), 0
		case strings.HasPrefix(path, "/status/"):
			if n, err := strconv.Atoi(path[len("/status/"):]); err == nil && n >= 200 && n < 600 {
				code = n
			}
		case strings.HasPrefix(path, "/delay/"):
			if d, err := time.ParseDuration(path[len("/delay/"):]); err == nil {
				wait = d
			}
		}
		time.Sleep(wait)
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		if v := setting("LOCATION"); v != "" {
			w.Header().Set("Location", v)
		}
		w.WriteHeader(code)
		fmt.Fprint(w, orElse(setting("BODY"), describe(r, host)))
		logf("%s %q %d host=%s agent=%q", r.RemoteAddr, r.Method+" "+r.URL.RequestURI()+" "+r.Proto, code, r.Host, r.UserAgent())
	}
	server := &http.Server{Handler: http.HandlerFunc(handler), ReadHeaderTimeout: time.Minute}
	if u.Scheme == "https" {
		cert, err := certificate(host)
		if err != nil {
			return err
		}
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}}
		go func() { fatal("%v", server.ServeTLS(l, "", "")) }()
		return nil
	}
	go func() { fatal("%v", server.Serve(l)) }()
	return nil
}

// gate reads READY or HEALTHY: "" or true → 200, false → 503, a duration → 503 until then, -duration → 200 until then.
func gate(name string, started time.Time) int {
	v := os.Getenv(name)
	switch v {
	case "", "true":
		return http.StatusOK
	case "false":
		return http.StatusServiceUnavailable
	}
	d, err := time.ParseDuration(v)
	if err != nil {
		fatal("%s: %v", name, err)
	}
	if passed := time.Since(started); (d >= 0 && passed >= d) || (d < 0 && passed < -d) {
		return http.StatusOK
	}
	return http.StatusServiceUnavailable
}

func describe(r *http.Request, host string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "pod=%s\nfrom=%s\nrequest=%s %s %s\nhost=%s\n", host, r.RemoteAddr, r.Method, r.URL.RequestURI(), r.Proto, r.Host)
	names := make([]string, 0, len(r.Header))
	for n := range r.Header {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		fmt.Fprintf(&b, "header %s: %s\n", n, strings.Join(r.Header[n], ", "))
	}
	return b.String()
}

// certificate is TLS_CERT_FILE and TLS_KEY_FILE, or one made on the spot for TLS_NAMES (comma list) that nobody trusts.
func certificate(host string) (tls.Certificate, error) {
	if f := os.Getenv("TLS_CERT_FILE"); f != "" {
		return tls.LoadX509KeyPair(f, os.Getenv("TLS_KEY_FILE"))
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	t := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: host},
		DNSNames:     strings.Split(orElse(os.Getenv("TLS_NAMES"), host), ","),
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().AddDate(1, 0, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

func orElse(v, otherwise string) string {
	if v == "" {
		return otherwise
	}
	return v
}
