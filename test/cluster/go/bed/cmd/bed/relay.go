package main

import (
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"syscall"
)

const sysSetns = 308 // linux/amd64; the standard library has no constant for it

// relay accepts on a loopback address of its own network namespace and dials inside another one. It is the only way
// from the machine into the cluster's networks, so the machine needs no route, link or firewall rule for them.
func relay(args []string) error {
	flags := flag.NewFlagSet("relay", flag.ContinueOnError)
	listen := flags.String("listen", "127.0.0.1:0", "loopback address to accept on")
	netns := flags.String("netns", "", "network namespace file to dial in, for example /proc/123/ns/net")
	to := flags.String("to", "", "address to dial")
	portFile := flags.String("port-file", "", "file that receives the port number once accepting")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if runtime.GOARCH != "amd64" {
		return fmt.Errorf("built for amd64 only, this is %s", runtime.GOARCH)
	}
	ns, err := os.Open(*netns)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	if *portFile != "" {
		port := fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
		if err := os.WriteFile(*portFile+".new", []byte(port), 0o644); err != nil {
			return err
		}
		if err := os.Rename(*portFile+".new", *portFile); err != nil {
			return err
		}
	}
	for {
		client, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer client.Close()
			server, err := dialIn(ns, *to)
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				return
			}
			defer server.Close()
			go pipe(server, client)
			pipe(client, server)
		}()
	}
}

// dialIn connects from inside the namespace. The thread that entered it is never unlocked, so Go ends it with the goroutine.
func dialIn(ns *os.File, to string) (net.Conn, error) {
	type result struct {
		conn net.Conn
		err  error
	}
	done := make(chan result)
	go func() {
		runtime.LockOSThread()
		if _, _, errno := syscall.RawSyscall(sysSetns, ns.Fd(), syscall.CLONE_NEWNET, 0); errno != 0 {
			done <- result{nil, fmt.Errorf("setns: %w", errno)}
			return
		}
		conn, err := net.Dial("tcp", to)
		done <- result{conn, err}
	}()
	r := <-done
	return r.conn, r.err
}

func pipe(dst, src net.Conn) {
	_, _ = io.Copy(dst, src)
	if c, ok := dst.(*net.TCPConn); ok {
		_ = c.CloseWrite()
	}
}
