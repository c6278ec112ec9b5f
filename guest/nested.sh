#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# usage: nested.sh KERNEL INITRAMFS SILENCE GUEST_CID GUEST_PORT HOST_PORT OPTION...
# In a machine that is a host of its own: boots the guest, whose agent is at GUEST_CID and
# GUEST_PORT, answers it at HOST_PORT, and then calls it, as nested.py has it. A guest
# without a sign of life for SILENCE seconds is ended.
set -eu
kernel=$1 initramfs=$2 silence=$3 guest_cid=$4 guest_port=$5 host_port=$6
shift 6

# What the guest says: QEMU writes into NAME.out and reads NAME.in.
cd /tmp
for port in status output errors; do
	mkfifo $port.in $port.out
done

/msg_zerocopy --serve "vsock:2:$host_port" >/dev/null &
# Where the machine itself is emulated, each access to a device costs its guest much: few
# devices, and a console for what goes wrong. QEMU 7.2 tells a KVM that it emulates of an
# interrupt still on its way where there is none, which some take for a reason to give up
# at a virtio notification by memory (KVM_INTERNAL_ERROR_DELIVERY_EV): by port, then.
{
	qemu-system-x86_64 -nodefaults -no-user-config -no-reboot -display none -monitor none -L /usr/share/qemu \
		-machine pc -accel kvm -accel tcg -cpu qemu64,-cx16,+rdrand -m 256 -kernel "$kernel" -initrd "$initramfs" \
		-append "console=ttyS0 panic=-1 oops=panic no_timer_check tsc=reliable idle=poll random.trust_cpu=on \
			loglevel=4 net.ifnames=0 norandmaps rdinit=/init msg_zerocopy.host" \
		-chardev file,id=console,path=/dev/console -serial chardev:console -device virtio-serial-pci,modern-pio-notify=on \
		-chardev pipe,id=status,path=/tmp/status -device virtserialport,chardev=status,name=status \
		-chardev pipe,id=output,path=/tmp/output -device virtserialport,chardev=output,name=output \
		-chardev pipe,id=errors,path=/tmp/errors -device virtserialport,chardev=errors,name=errors \
		-device "vhost-vsock-pci,modern-pio-notify=on,guest-cid=$guest_cid" 2>qemu.log &
	echo $! >qemu.pid
	wait $! || :
	echo ended >output.out
} &
{
	# shellcheck disable=SC3045 # busybox's shell has it
	while read -r -t "$silence" _; do :; done
	# Or it has ended.
	kill "$(cat qemu.pid)" 2>/dev/null || :
} <status.out &
cat errors.out >&2 &

# Its verdict first: "exit STATUS" ends it, and its agent serves.
while IFS= read -r line; do
	case $line in
	"exit "* | ended) break ;;
	esac
	printf '%s\n' "$line"
done <output.out
case ${line:-} in
"exit "*) ;;
*)
	cat qemu.log >&2
	echo "the guest ended before its verdict" >&2
	exit 1
	;;
esac
echo "$line"
status=0
/msg_zerocopy --remote "vsock:$guest_cid:$guest_port" "$@" || status=$?
echo "exit $status"
# Or this machine would not come to its end.
kill "$(cat qemu.pid)"
