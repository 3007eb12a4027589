// web is the test app: what it listens on, answers and breaks is set by environment variables (see ../../README.md).
package main

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	host, _ := os.Hostname()
	if d := duration("START_DELAY"); d > 0 {
		logf("starting in %s", d)
		time.Sleep(d)
	}
	if d, ok := os.LookupEnv("CRASH_AFTER"); ok && d != "" {
		time.AfterFunc(duration("CRASH_AFTER"), crash)
	}
	if mb := number("ALLOCATE_MB", 0); mb > 0 {
		go allocate(mb)
	}
	listen := os.Getenv("LISTEN")
	if listen == "" {
		listen = "http://0.0.0.0:8080"
	}
	started := time.Now()
	for _, one := range strings.Split(listen, ",") {
		u, err := url.Parse(strings.TrimSpace(one))
		if err != nil {
			fatal("LISTEN: %v", err)
		}
		if err := serve(u, host, started); err != nil {
			fatal("cannot listen on %s: %v", u, err)
		}
		logf("listening on %s", u)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	s := <-stop
	logf("%s: stopping in %s", s, duration("TERM_DELAY"))
	time.Sleep(duration("TERM_DELAY"))
}

func serve(u *url.URL, host string, started time.Time) error {
	switch u.Scheme {
	case "http", "https":
		l, err := net.Listen("tcp", u.Host)
		if err != nil {
			return err
		}
		return serveHTTP(l, u, host, started)
	case "tcp":
		l, err := net.Listen("tcp", u.Host)
		if err != nil {
			return err
		}
		go serveTCP(l, host)
		return nil
	case "udp":
		c, err := net.ListenPacket("udp", u.Host)
		if err != nil {
			return err
		}
		go serveUDP(c, host)
		return nil
	}
	return fmt.Errorf("unknown protocol %q (http, https, tcp, udp)", u.Scheme)
}

// serveTCP greets with one line and echoes.
func serveTCP(l net.Listener, host string) {
	for {
		c, err := l.Accept()
		if err != nil {
			fatal("accept: %v", err)
		}
		go func() {
			defer c.Close()
			logf("%s tcp %s", c.RemoteAddr(), c.LocalAddr())
			fmt.Fprintf(c, "hello from %s\n", host)
			buffer := make([]byte, 4096)
			for {
				n, err := c.Read(buffer)
				if err != nil {
					return
				}
				if _, err := c.Write(buffer[:n]); err != nil {
					return
				}
			}
		}()
	}
}

// serveUDP answers each datagram with its host name and the same text.
func serveUDP(c net.PacketConn, host string) {
	buffer := make([]byte, 2048)
	for {
		n, from, err := c.ReadFrom(buffer)
		if err != nil {
			fatal("udp: %v", err)
		}
		logf("%s udp %d bytes", from, n)
		_, _ = c.WriteTo([]byte(host+" "+string(buffer[:n])), from)
	}
}

func crash() {
	message := os.Getenv("CRASH_MESSAGE")
	if message == "" {
		message = "fatal: crashing as told by CRASH_AFTER"
	}
	fmt.Fprintln(os.Stderr, message)
	os.Exit(number("EXIT_CODE", 1))
}

var kept [][]byte

// allocate takes and touches memory, so that a container over its limit is ended by the kernel.
func allocate(mb int) {
	for range mb {
		block := make([]byte, 1<<20)
		for i := 0; i < len(block); i += 4096 {
			block[i] = 1
		}
		kept = append(kept, block)
	}
	logf("allocated %d MB", mb)
}

func duration(name string) time.Duration {
	v := os.Getenv(name)
	if v == "" {
		return 0
	}
	d, err := time.ParseDuration(v)
	if err != nil {
		fatal("%s: %v", name, err)
	}
	return d
}

func number(name string, otherwise int) int {
	v := os.Getenv(name)
	if v == "" {
		return otherwise
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		fatal("%s: %v", name, err)
	}
	return n
}

func logf(format string, args ...any) {
	fmt.Printf(time.Now().UTC().Format("2006-01-02T15:04:05.000Z ")+format+"\n", args...)
}

func fatal(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "fatal: "+format+"\n", args...)
	os.Exit(1)
}
