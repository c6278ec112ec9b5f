#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The guest's first process: sets the machine up, says that it is ready, runs /command
# with its output on virtio-serial ports, and hands over its exit status.
export PATH=/sbin:/bin HOME=/root
/bin/busybox mkdir -p /bin /sbin
/bin/busybox --install -s /bin
rm -f /bin/ip
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/pts /dev/shm /dev/net
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /run
mount -t cgroup2 cgroup2 /sys/fs/cgroup 2>/dev/null
mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null
mkdir -p /run/netns /var/run
[ -e /dev/fd ] || ln -s /proc/self/fd /dev/fd
hostname guest

# Cases that lock more than a kernel lets a process by default raise the soft limit themselves.
# shellcheck disable=SC3045 # busybox's shell has it
ulimit -H -l 65536

# What a machine that is set up for the suite has; what a kernel lacks is skipped there.
{
	# 128 MiB of huge pages, before memory is in pieces.
	while read -r name kilobytes _; do
		[ "$name" != Hugepagesize: ] || echo $((131072 / kilobytes)) >/proc/sys/vm/nr_hugepages
	done </proc/meminfo
	echo 1 >/sys/kernel/mm/ksm/run
	echo 0 >/proc/sys/kernel/kptr_restrict
	echo "0 65535" >/proc/sys/net/ipv4/ping_group_range
	echo 1 >/proc/sys/vm/unprivileged_userfaultfd
	# Or each tunnel's module adds a device to every namespace.
	echo 1 >/proc/sys/net/core/fb_tunnels_only_for_init_net
} 2>/dev/null
# One process for all: an emulator takes longer to start one than to load a module.
xargs modprobe -a </modules/order 2>&1 | sed 's/^/guest: /'
ip link set lo up

# port NAME: the device of the port that QEMU calls so.
port() {
	for folder in /sys/class/virtio-ports/*; do
		[ "$(cat "$folder/name" 2>/dev/null)" != "$1" ] || echo "/dev/${folder##*/}"
	done
}
# A device shows up when its driver has probed it.
tries=0
while [ -z "$(port status)" ] && [ $tries -lt 100 ]; do
	tries=$((tries + 1))
	usleep 100000
done
status=$(port status)
if [ -z "$status" ]; then
	echo "guest: no virtio-serial ports (CONFIG_VIRTIO_CONSOLE, CONFIG_VIRTIO_PCI)"
	poweroff -f
fi
# As udev has them.
mkdir -p /dev/virtio-ports
for folder in /sys/class/virtio-ports/*; do
	ln -s "/dev/${folder##*/}" "/dev/virtio-ports/$(cat "$folder/name")"
done
# A port can be open once.
exec 3>"$status"
uname -r >&3
echo "guest: ready"
# Signs of life: a case may take long, and ends by deadlines of its own.
while sleep 5; do echo alive; done >&3 &
(exec /command </dev/null >"$(port output)" 2>"$(port errors)" 3>&-)
ended=$?
# A debug kernel tells on its console what it finds unreferenced. It passes over what is
# younger than five seconds, and over what it sees for the first time.
if [ -e /sys/kernel/debug/kmemleak ]; then
	echo scan >/sys/kernel/debug/kmemleak
	sleep 6
	echo scan >/sys/kernel/debug/kmemleak
fi
echo "exit $ended" >&3
# The host ends the machine when it has read that.
while :; do sleep 60; done
