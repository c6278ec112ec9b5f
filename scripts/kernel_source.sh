#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# usage: kernel_source.sh [--tree] FOLDER PATH...
# Puts files of the kernel's source, by their path in the tree, into FOLDER
# without that path (a folder: with all that is in it; --tree: with that path):
# from the tree KSRC where that is set, else from the newest linux-source package
# under /usr/src.
set -eu

with_path=
if [ "${1:?usage: kernel_source.sh [--tree] FOLDER PATH...}" = --tree ]; then
	with_path=yes
	shift
fi
folder=$1
shift

say() {
	echo "kernel_source.sh: $*" >&2
	exit 1
}

if [ -n "${KSRC:-}" ]; then
	tree=$KSRC
else
	archive=$(find /usr/src -maxdepth 1 -name 'linux-source-*.tar.xz' 2>/dev/null | sort -V | tail -n 1)
	[ -n "$archive" ] || say "no kernel source: install the package linux-source, or set KSRC to a kernel tree"
	tree=$(mktemp -d)
	trap 'rm -rf "$tree"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	name=$(basename "$archive" .tar.xz)
	# All of it must be read to find one file.
	for path; do
		set -- "$@" "$name/$path"
		shift
	done
	xz -T0 -dc "$archive" | tar -xC "$tree" --strip-components=1 "$@" || say "$archive lacks one of: $*"
	for path; do
		set -- "$@" "${path#"$name"/}"
		shift
	done
fi
for path; do
	[ -e "$tree/$path" ] || say "$tree has no $path; point KSRC to the top of a kernel tree"
	place=$folder
	[ -z "$with_path" ] || place=$folder/$(dirname "$path")
	mkdir -p "$place"
	if [ -d "$tree/$path" ]; then
		[ -z "$with_path" ] || place=$folder/$path
		mkdir -p "$place"
		cp -R "$tree/$path/." "$place/"
	else
		cp "$tree/$path" "$place/"
	fi
done
