#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# usage: version.sh [FILE]
# Prints the version of this tree: the release in VERSION and, in a git work tree that is not
# at the tag of that release, the commit behind it: 1.0.0-gd41d8cd98f00, after the tag
# 1.0.0-7-gd41d8cd98f00, and -dirty where tracked files differ from the commit. Needs no git.
# With FILE, writes it there, without a newline and only where the file says otherwise: what
# depends on it is made again when the version changes, and at no other time.
set -eu
top=${0%/*}/..
IFS= read -r version <"$top/VERSION"

# Only the project's own repository: a tree that was copied into another one, as into a
# kernel's, has that one's commits. Whoever owns it, as nothing is written.
own_git() { git -c safe.directory='*' --no-optional-locks -C "$top" "$@" 2>/dev/null; }
if [ -e "$top/.git" ] && commit=$(own_git rev-parse --short=12 HEAD); then
	described=$(own_git describe --long --abbrev=12 --match "v$version" HEAD) || described=
	case $described in
	"v$version-0-g"*) ;;
	"v$version-"*) version=${described#v} ;;
	*) version=$version-g$commit ;;
	esac
	[ -z "$(own_git status --porcelain --untracked-files=no)" ] || version=$version-dirty
fi
if [ $# -eq 0 ]; then
	echo "$version"
	exit
fi
known=
[ ! -e "$1" ] || IFS= read -r known <"$1" || true
# A tree that cannot be written to keeps what it was built as.
[ "$version" = "$known" ] || { mkdir -p "${1%/*}" && printf %s "$version" >"$1"; } 2>/dev/null || true
