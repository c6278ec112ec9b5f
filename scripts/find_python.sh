#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# usage: find_python.sh MODULE
# Prints a Python 3 that imports MODULE: Debian's packages belong to
# /usr/bin/python3, and another one may come first on PATH. Isolated (-I): the
# folder pytest/ here would pass for the package.
for python in python3 /usr/bin/python3; do
	if "$python" -I -c "import $1" 2>/dev/null; then
		echo "$python"
		exit 0
	fi
done
package=python3-$1
# A part of Python itself.
[ "$1" != lzma ] || package=python3
echo "find_python.sh: no python3 imports $1: install the package $package" >&2
exit 4
