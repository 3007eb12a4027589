// bed is the test bed's own host tool: certificates, the API server's loopback relay, and the packet counter that proves
// that nothing leaves the machine. Standard library only.
package main

import (
	"fmt"
	"os"
)

func main() {
	commands := map[string]func([]string) error{"pki": pki, "relay": relay, "sniff": sniff}
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: bed pki|relay|sniff …")
		os.Exit(2)
	}
	if err := commands[os.Args[1]](os.Args[2:]); err != nil {
		fmt.Fprintf(os.Stderr, "bed %s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
}
