#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# usage: find_python.sh MODULE...
# Prints a Python 3 that imports all of them: Debian's packages belong to
# /usr/bin/python3, and another one may come first on PATH. Isolated (-I): the
# folder pytest/ here would pass for the package.
modules=$(echo "$*" | tr ' ' ',')
for python in python3 /usr/bin/python3; do
	if "$python" -I -c "import $modules" 2>/dev/null; then
		echo "$python"
		exit 0
	fi
done
packages=
for module; do
	# One is a part of Python itself.
	[ "$module" = lzma ] && packages="$packages python3" || packages="$packages python3-$module"
done
echo "find_python.sh: no python3 imports $modules: install the package$packages" >&2
exit 4
