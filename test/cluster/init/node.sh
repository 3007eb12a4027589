#!/bin/bash
# PID 1 of a node's own pid, mount, network, uts and ipc namespaces: prepares the file system, then reaps orphans.
# usage: node.sh NODE_NAME NODE_DIR
set -e
hostname "$1"
dir=$2
# A /sys of this network namespace, with the machine's cgroup mounts kept.
mkdir -p "$dir/cgroup"
mount --rbind /sys/fs/cgroup "$dir/cgroup"
mount -t sysfs sysfs /sys
mount --rbind "$dir/cgroup" /sys/fs/cgroup
umount -l "$dir/cgroup"
mount --make-rshared / # only now: the umount above must not propagate
# Folders that daemons write to under fixed names: nothing may appear on the machine itself.
mkdir -p "$dir"/{lib,log,machine}
mount --bind "$dir/lib" /var/lib
mount --bind "$dir/log" /var/log
mkdir -p /var/lib/{kubelet,containerd,etcd} /var/log/{pods,containers}
mount -t tmpfs tmpfs /run
mkdir -p /run/netns /run/containerd /run/lock
mount --bind "$dir/resolv.conf" /etc/resolv.conf # no name server: nothing in here may ask one outside
mount --bind "$dir/hosts" /etc/hosts
# kubelet insists on these machine-wide values: it finds them in files, the kernel's real settings stay as they are.
while read -r key value; do
  file=$dir/machine/${key//\//_}
  echo "$value" > "$file"
  mount --bind "$file" "/proc/sys/$key"
done <<'S'
vm/overcommit_memory 1
vm/panic_on_oom 0
kernel/panic 10
kernel/panic_on_oops 1
kernel/keys/root_maxkeys 1000000
kernel/keys/root_maxbytes 25000000
S
: > "$dir/ready"
while :; do sleep 3600 & wait; done
