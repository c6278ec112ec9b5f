# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What the findings share: a temporary folder, packages of exactly one version in it, and
# the comparison of what is seen with what is stated. Sourced, never run.

set -u
export LC_ALL=C.UTF-8

UNAVAILABLE=4
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

work=$(mktemp -d "${TMPDIR:-/tmp}/finding.XXXXXXXX") || exit "$UNAVAILABLE"
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

changed=0

# cannot_be_tried REASON: ends the script, as neither a yes nor a no.
cannot_be_tried() {
	echo "cannot be tried here: $*"
	exit "$UNAVAILABLE"
}

needs() {
	local each
	for each; do
		command -v "$each" >/dev/null || cannot_be_tried "there is no $each"
	done
}

# quietly COMMAND...: the last lines of its output are shown only where it fails.
quietly() {
	"$@" >"$work/log" 2>&1 && return
	tail -n 3 "$work/log"
	return 1
}

# about NAME TEXT...: what the finding is about, what was to be expected and by what source.
about() {
	local name=$1
	shift
	echo "software: $name"
	printf 'expected: %s\n' "$*" | fmt -w 100
}

# stated WHAT EXPECTED SEEN: shows what is seen, and notes where it is not what this finding states.
stated() {
	if [ "$2" = "$3" ]; then
		printf 'seen: %s: %s\n' "$1" "$3"
	else
		printf 'changed: %s: %s\n  stated: %s\n' "$1" "$3" "$2"
		changed=1
	fi
}

finish() {
	if [ "$changed" -eq 0 ]; then
		echo "as stated"
	else
		echo "no longer as stated"
	fi
	exit "$changed"
}

# status COMMAND...: prints its exit status.
status() {
	"$@" >/dev/null 2>&1
	echo $?
}

# npm_packages NAME@VERSION...: installs them; npm_run runs their programs.
npm_packages() {
	needs node npm
	quietly npm install --prefix "$work/npm" --cache "$work/npm-cache" --no-audit --no-fund \
		--no-update-notifier --ignore-scripts "$@" || cannot_be_tried "npm cannot install $*"
}

npm_run() {
	local program=$1
	shift
	"$work/npm/node_modules/.bin/$program" "$@"
}

# apt_state SUITE: a configuration under which apt has one suite of the machine's own mirror,
# and touches nothing outside the temporary folder.
apt_state() {
	local codename mirror
	needs apt-get dpkg-deb
	[ -r "$KEYRING" ] || cannot_be_tried "there is no $KEYRING"
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	# shellcheck disable=SC2016 # The dollars are apt's.
	mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
		sed -n "s, $codename main\$,,p" | head -n 1)
	[ -n "$mirror" ] || cannot_be_tried "apt is not set up for a mirror of Debian: see sources.list(5)"
	mkdir -p "$work/apt/lists/partial" "$work/apt/archives/partial"
	: >"$work/apt/status"
	echo "deb [signed-by=$KEYRING arch=amd64] $mirror $1 main" >"$work/apt/sources.list"
	cat >"$work/apt/apt.conf" <<-END
		Dir::State "$work/apt";
		Dir::State::status "$work/apt/status";
		Dir::Cache "$work/apt";
		Dir::Etc::sourcelist "$work/apt/sources.list";
		Dir::Etc::sourceparts "/dev/null";
		Dir::Etc::preferences "/dev/null";
		Dir::Etc::preferencesparts "/dev/null";
		APT::Architecture "amd64";
		APT::Architectures "amd64";
		APT::Install-Recommends "false";
		APT::Sandbox::User "root";
		Acquire::Languages "none";
		Acquire::Retries "2";
		Acquire::http::Timeout "20";
	END
	export APT_CONFIG=$work/apt/apt.conf
	quietly apt-get -q update || cannot_be_tried "no package lists of Debian's $1"
}

unpack() {
	local each
	# The packages of one suite agree that /bin and its like are links into /usr.
	mkdir -p "$work"/root/{dev,etc,proc,root,run,tmp,usr/{bin,sbin,lib,lib64}}
	for each in bin sbin lib lib64; do
		ln -sfn "usr/$each" "$work/root/$each"
	done
	for each in "$work"/apt/archives/*.deb; do
		dpkg-deb -x "$each" "$work/root" || cannot_be_tried "dpkg-deb cannot unpack ${each##*/}"
	done
}

# debian_packages SUITE NAME=VERSION...: unpacks these alone, to be read in $work/root.
debian_packages() {
	apt_state "$1"
	shift
	(cd "$work/apt/archives" && quietly apt-get -q download "$@") || cannot_be_tried "the archive lacks $*"
	unpack
}

# debian_programs SUITE NAME[=VERSION]...: unpacks these and all that they depend on, to be run
# by inside. The version is that of the subject; what serves it is of the suite.
debian_programs() {
	apt_state "$1"
	shift
	quietly apt-get -q -y --download-only install coreutils dash iproute2 "$@" || cannot_be_tried "the archive lacks $*"
	unpack
	[ -e "$work/root/bin/sh" ] || ln -s dash "$work/root/usr/bin/sh"
	echo 'root:x:0:0:root:/root:/bin/sh' >"$work/root/etc/passwd"
	inside true 2>"$work/log" || cannot_be_tried "namespaces: $(tail -n 1 "$work/log")"
}

# kunit_parser SUITE linux-source-VERSION=DEBIAN_VERSION: unpacks the kernel's reader of KTAP;
# kunit_reads FILE then prints what it says.
kunit_parser() {
	local source
	needs python3 xz
	debian_packages "$1" "$2"
	source=${2%%=*}
	# The reader refuses to run where the top of a kernel's tree is not.
	tar -C "$work" --xz -xf "$work/root/usr/src/$source.tar.xz" --exclude='*/*/*/*/*/*' \
		"$source"/{COPYING,CREDITS,Kbuild,MAINTAINERS,Makefile,README,tools/testing/kunit} ||
		cannot_be_tried "$source has no tools/testing/kunit"
	mkdir -p "$work/$source"/{arch,include,init,Documentation,drivers,fs,ipc,kernel,lib,scripts}
	kunit=$work/$source/tools/testing/kunit/kunit.py
}

kunit_reads() {
	"$kunit" parse "$1" 2>&1 | sed 's/^\[[0-9:]*\] //; s/\x1b\[[0-9;]*m//g'
	return "${PIPESTATUS[0]}"
}

# inside COMMAND...: runs a command of the unpacked packages, with only their files, in
# namespaces of its own, of which the loopback device is up. All that it starts or makes
# there ends with it, after five minutes at the latest.
inside() {
	# shellcheck disable=SC2016 # The inner shell expands these.
	timeout --foreground --signal=KILL 300 unshare --map-root-user --net --mount --pid --fork --kill-child sh -c '
		root=$1
		shift
		mount --rbind /dev "$root/dev" && mount -t proc proc "$root/proc" || exit 125
		exec chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin HOME=/root LC_ALL=C \
			sh -c "ip link set lo up && exec \"\$@\"" sh "$@"
	' sh "$work/root" "$@"
}

# vsockmon_capture TYPE: prints a pcap file of one packet, as a vsockmon device gives it, that a
# socket of this type (1: SOCK_STREAM, 2: SOCK_SEQPACKET) sent with the payload "hello".
vsockmon_capture() {
	local type=$1 length=5
	# linux/vsockmon.h, struct af_vsockmon_hdr: source and destination, ports, the operation
	# (4: payload), the transport (2: virtio) and the length of its header; then virtio's.
	printf '\xd4\xc3\xb2\xa1\x02\x00\x04\x00\0\0\0\0\0\0\0\0\xff\xff\0\0\x0f\x01\0\0'
	printf '\0\0\0\0\0\0\0\0\x51\0\0\0\x51\0\0\0'
	printf '\x03\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0\0\x04\0\0\x88\x13\0\0\x04\0\x02\0\x2c\0\0\0'
	printf '\x03\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0\0\x04\0\0\x88\x13\0\0'
	# The length of the payload, the type, the operation (5: RW), the flags (1: end of message).
	printf '%b\0\0\0%b\0\x05\0\x01\0\0\0\0\0\x01\0\0\0\0\0' "\\x0$length" "\\x0$type"
	printf hello
}
