package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// certSpec is one certificate to issue: <name>.crt and <name>.key. Without a CA it is a CA itself.
type certSpec struct {
	Name  string   `json:"name"`
	CA    string   `json:"ca"`
	CN    string   `json:"cn"`
	O     []string `json:"o"`
	Names []string `json:"names"` // subject alternative names: IP addresses or DNS names
}

type issued struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// pki reads a JSON list of certSpec from stdin and writes the files into the folder given as its argument,
// with sa.key and sa.pub for service account tokens. CAs must come before what they sign.
func pki(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("want one argument, the folder to write to")
	}
	dir := args[0]
	var specs []certSpec
	if err := json.NewDecoder(os.Stdin).Decode(&specs); err != nil {
		return fmt.Errorf("list of certificates on stdin: %w", err)
	}
	done := map[string]issued{}
	for i, s := range specs {
		made, err := issue(dir, s, int64(i+1), done)
		if err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		done[s.Name] = made
	}
	return serviceAccountKey(dir)
}

func issue(dir string, s certSpec, serial int64, done map[string]issued) (issued, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return issued{}, err
	}
	t := &x509.Certificate{
		SerialNumber: big.NewInt(serial),
		Subject:      pkix.Name{CommonName: s.CN, Organization: s.O},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().AddDate(1, 0, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
	for _, n := range s.Names {
		if ip := net.ParseIP(n); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, n)
		}
	}
	parent, signer := t, crypto.Signer(key)
	if s.CA == "" {
		t.IsCA, t.BasicConstraintsValid = true, true
		t.KeyUsage |= x509.KeyUsageCertSign
	} else {
		ca, ok := done[s.CA]
		if !ok {
			return issued{}, fmt.Errorf("its CA %q does not come before it", s.CA)
		}
		parent, signer = ca.cert, ca.key
		t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, parent, key.Public(), signer)
	if err != nil {
		return issued{}, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return issued{}, err
	}
	if err := writePEM(dir, s.Name+".crt", "CERTIFICATE", der, 0o644); err != nil {
		return issued{}, err
	}
	return issued{cert, key}, writeKey(dir, s.Name+".key", key)
}

func serviceAccountKey(dir string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return err
	}
	if err := writePEM(dir, "sa.pub", "PUBLIC KEY", public, 0o644); err != nil {
		return err
	}
	return writeKey(dir, "sa.key", key)
}

func writeKey(dir, name string, key *ecdsa.PrivateKey) error {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	return writePEM(dir, name, "EC PRIVATE KEY", der, 0o600)
}

func writePEM(dir, name, kind string, der []byte, mode os.FileMode) error {
	return os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode)
}
