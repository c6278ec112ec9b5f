#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# ncat 7.95 (Debian 13; 7.991 does the same) takes the one argument of "ncat -l --vsock 1234" for
# a context id, and the default port 31337: it cannot bind to 1234:31337 and exits 2. With the
# wildcard, "ncat -l --vsock 4294967295 1234", or with -p it listens.
#
# Expected: ncat(1), AF_VSOCK SOCKETS: 'To listen on a socket: ncat -l --vsock 1234'.
# Known: pull request 2807 of nmap/nmap, open since 2024.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie ncat=7.95+dfsg-3 strace
about "ncat 7.95" "a listener at port 1234 of any context id (ncat(1), AF_VSOCK SOCKETS)"

# listens ARGUMENT...: the address that it binds to. The process ends with the namespace.
listens() {
	# shellcheck disable=SC2016 # The inner shell expands these.
	inside sh -c '
		rm -f /trace /out
		strace -qq -o /trace -e trace=bind,listen ncat -l --vsock "$@" </dev/null >/out 2>&1 &
		until [ -s /trace ] || [ -s /out ]; do :; done
		cat /trace
	' sh "$@" | sed -nE 's/.*svm_cid=(\w+), svm_port=(\w+).*/\1 \2/p' | {
		read -r cid port
		[[ $cid == 0x* ]] && cid=$((cid))
		echo "$cid:$((port))"
	}
}
[ "$(listens 4294967295 1234)" != ":0" ] || cannot_be_tried "$(tail -n 1 "$work/root/out")"
stated "ncat -l --vsock 4294967295 1234" "VMADDR_CID_ANY:1234" "$(listens 4294967295 1234)"
stated "ncat -l --vsock 1234" "1234:31337" "$(listens 1234)"
finish
