#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# usage: git bisect run PATH/TO/guest/bisect.sh [OPTION of msg_zerocopy]...
# In a kernel tree under bisection: builds it as its .config says, boots it, and judges
# it by what the options select. Exit status, for git: 0 good, 1 bad, 125 where this
# kernel says nothing (it does not build, boot or run what is selected), 255, which
# ends the bisection, where the suite itself cannot work here.
# MAKEFLAGS=-j8 and the like reach the kernel's build.
tree=$PWD
suite=$(dirname "$(dirname "$(readlink -f "$0")")")

if ! [ -f "$tree/Kconfig" ] || ! [ -f "$tree/.config" ]; then
	echo "bisect.sh: $tree is no kernel tree with a .config: start it where 'git bisect' runs" >&2
	exit 255
fi
if ! "$suite/scripts/set_up.sh" guest || ! make -s -C "$suite" all >/dev/null; then
	echo "bisect.sh: the suite is not ready; try $suite/run_tests.sh --kernel $tree" >&2
	exit 255
fi
if ! make olddefconfig >/dev/null || ! make bzImage modules >/dev/null; then
	echo "bisect.sh: this kernel does not build" >&2
	exit 125
fi
exec "$("$suite/scripts/find_python.sh" lzma)" "$suite/guest" --kernel "$tree" --bisect "$@"
