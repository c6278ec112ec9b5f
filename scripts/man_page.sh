#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# usage: man_page.sh TEMPLATE HELP
# Prints the manual page: TEMPLATE with the parts @OPTIONS@, @EXIT STATUS@ and @ENVIRONMENT@
# from the program's help text, so that what the program takes is said once.
set -eu
exec awk '
# Text of which nothing is a request or an escape.
function plain(text) {
	gsub(/\\/, "\\e", text)
	gsub(/-/, "\\-", text)
	return text ~ /^[.\047]/ ? "\\&" text : text
}
function add(part, line) { parts[part] = parts[part] line "\n" }

FILENAME == help {
	if (/^[A-Z].*:$/ && !/^(Usage|Environment|Exit)/) {
		# "Select (shell globs; ...):"
		part = "OPTIONS"
		add(part, ".SS " plain(substr($0, 1, length - 1)))
	} else if (/^  (-.,|   ) --/) {
		# "  -t, --test GLOB         only these: ..."
		text = substr($0, 27)
		option = substr($0, 3, 24)
		gsub(/^ +| +$/, "", option)
		add(part, ".TP\n.B " plain(option))
		if (text != "")
			add(part, plain(text))
	} else if (/^(Exit status|With --bisect|Environment): /) {
		if (!/^With/)
			part = toupper($0 ~ /^Exit/ ? "Exit status" : "Environment")
		else
			add(part, ".PP")
		sub(/^(Exit status|Environment): /, "")
		add(part, plain($0))
	} else if (/^ *[^ ]/ && part != "") {
		sub(/^ +/, "")
		add(part, plain($0))
	}
	next
}
/^@.*@$/ {
	name = substr($0, 2, length - 2)
	if (!(name in parts)) {
		print "man_page.sh: " help " has no " name >"/dev/stderr"
		exit 1
	}
	printf "%s", parts[name]
	next
}
{ print }
' help="$2" "$2" "$1"
