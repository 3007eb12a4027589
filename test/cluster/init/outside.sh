#!/bin/bash
# Holds the namespaces of the outside client ("the user's laptop"): own network, own name server, own host name.
# usage: outside.sh STATE_DIR
set -e
hostname laptop
mount --make-rprivate /
mount --bind "$1/resolv.conf.outside" /etc/resolv.conf
: > "$1/outside.ready"
while :; do sleep 3600 & wait; done
