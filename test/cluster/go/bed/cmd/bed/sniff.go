package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
)

// sniff counts IPv4 packets that pass any interface except loopback of its network namespace, to or from the ranges
// given as arguments, until its stdin ends; then it prints {"seen": all packets, "hits": matching ones, "first": …}.
// It only listens: no firewall rule is needed, so none can be left behind.
func sniff(args []string) error {
	var ranges []*net.IPNet
	for _, a := range args {
		_, n, err := net.ParseCIDR(a)
		if err != nil {
			return err
		}
		ranges = append(ranges, n)
	}
	lo, err := net.InterfaceByName("lo")
	if err != nil {
		return err
	}
	const ethPAllBigEndian = 0x0300
	fd, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_DGRAM, ethPAllBigEndian)
	if err != nil {
		return err
	}
	stop := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		close(stop)
	}()
	count := struct {
		Seen  int    `json:"seen"`
		Hits  int    `json:"hits"`
		First string `json:"first,omitempty"`
	}{}
	packets := make(chan [2]net.IP, 1024)
	go func() {
		buffer := make([]byte, 64)
		for {
			n, from, err := syscall.Recvfrom(fd, buffer, 0)
			if err != nil {
				continue
			}
			link, ok := from.(*syscall.SockaddrLinklayer)
			if !ok || link.Ifindex == lo.Index || n < 20 || binary.BigEndian.Uint16([]byte{byte(link.Protocol), byte(link.Protocol >> 8)}) != syscall.ETH_P_IP {
				continue
			}
			packets <- [2]net.IP{append(net.IP(nil), buffer[12:16]...), append(net.IP(nil), buffer[16:20]...)}
		}
	}()
	fmt.Println("listening")
	for {
		select {
		case <-stop:
			return json.NewEncoder(os.Stdout).Encode(count)
		case p := <-packets:
			count.Seen++
			for _, r := range ranges {
				if r.Contains(p[0]) || r.Contains(p[1]) {
					count.Hits++
					if count.First == "" {
						count.First = fmt.Sprintf("%s > %s", p[0], p[1])
					}
					break
				}
			}
		}
	}
}
