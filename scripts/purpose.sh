#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# usage: purpose.sh [--bench] WORD...
# Prints what the words of run_tests.sh's command line ask for: run, guest (a kernel in a
# virtual machine), ask (a question that needs no program), bench, version or help. Where one of
# them is no option, or an option lacks its value, says so in one line and exits 1. It reads
# words as getopt_long() does, goes by the program's help text, and so needs neither the
# program nor any command beside the shell.
set -eu
top=${0%/*}/..

refuse() {
	echo "run_tests.sh: $*" >&2
	exit 1
}

purpose=run
select='select with -t, '
help=src/harness/help.txt
if [ "${1:-}" = --bench ]; then
	purpose=bench select=
	help=bench/help.txt
	shift
	for word; do
		case $word in
		--matrix | --vsock-guest | --vsock-guest=* | --compare | --list-kernels | --check-config | --results | --results=*)
			refuse "--bench measures one kernel: leave out '$word'"
			;;
		esac
	done
fi

# The program's options, " NAME:TAKES" and " LETTER:TAKES", TAKES a value or nothing, by the
# rows of the help text: "  -t, --test GLOB   only these", "      --strict   a catalogued".
longs='' letters=''
while IFS= read -r line; do
	case $line in
	"  -"?", --"* | "      --"*) ;;
	*) continue ;;
	esac
	text=${line#*--}
	name=${text%%[ =]*}
	takes=nothing
	case $text in
	"$name "[A-Z]*) takes=value ;;
	esac
	longs="$longs $name:$takes"
	case $line in
	"  -"?,*)
		letter=${line#"  -"}
		letters="$letters ${letter%%,*}:$takes"
		;;
	esac
done <"$top/$help"

# find NAME ROW...: sets name and takes by the row of this name, or by the only one that
# begins so. Fails where there is none.
find() {
	wanted=$1 matches=0 name=
	shift
	for row; do
		case $row in
		"$wanted:"*)
			name=$wanted takes=${row#*:}
			return 0
			;;
		"$wanted"*)
			[ "$name" = "${row%:*}" ] || matches=$((matches + 1))
			name=${row%:*} takes=${row#*:}
			;;
		esac
	done
	[ $matches -eq 1 ]
}

question='' results=''
# Words that are no options may follow: what is to be explained.
words=
# One may stand anywhere beside --reproducer, the file that it writes: the first that may not,
# with and without that option.
reproducer='' unexpected='' unexpected_alone=
# How many more words may name kernels, or files to compare: none, one or many.
kernels=none
while [ $# -gt 0 ]; do
	word=$1 name='' takes=nothing attached=
	shift
	case $word in
	--no-setup) refuse "--no-setup must be the first option" ;;
	--bench) refuse "--bench must be the first option, or follow --no-setup" ;;
	--list-kernels | --check-config) question=yes ;;
	--compare) question=yes kernels=many ;;
	--kernel) purpose=guest takes=value ;;
	--kernel=*) purpose=guest ;;
	--matrix) purpose=guest kernels=many ;;
	--vsock-guest) purpose=guest kernels=one ;;
	--vsock-guest=*) purpose=guest ;;
	--pair) purpose=guest kernels=many ;;
	--stack) takes=value ;;
	--stack=*) ;;
	--results) results=yes takes=value ;;
	--results=*) results=yes ;;
	--?*)
		kernels=none
		name=${word#--}
		# shellcheck disable=SC2086 # rows
		find "${name%%=*}" $longs || refuse "unknown option '$word'; see --help"
		[ "$name" != explain ] || words=yes
		[ "$name" != reproducer ] || reproducer=yes
		case $word in
		*=*) attached=yes ;;
		esac
		;;
	-[!-]*)
		kernels=none
		cluster=${word#-}
		while [ "$cluster" ] && [ "$takes" = nothing ]; do
			rest=${cluster#?}
			# shellcheck disable=SC2086 # rows
			find "${cluster%"$rest"}" $letters || refuse "unknown option '$word'; see --help"
			cluster=$rest
			[ "$name" != h ] || name=help cluster=
		done
		attached=$cluster
		;;
	*)
		if [ $kernels = none ] && [ -z "$words" ]; then
			[ -z "$unexpected_alone" ] || unexpected=${unexpected:-$word}
			unexpected_alone=${unexpected_alone:-$word}
		fi
		[ $kernels = many ] || kernels=none
		;;
	esac
	case $name in
	help | version)
		echo "$name"
		exit 0
		;;
	esac
	if [ "$takes" = value ] && [ -z "$attached" ]; then
		[ $# -gt 0 ] || refuse "option '$word' needs a value; see --help"
		shift
	fi
done
[ "$reproducer" ] || unexpected=$unexpected_alone
[ -z "$unexpected" ] || refuse "unexpected argument '$unexpected'; ${select}see --help"
[ -z "$question" ] || purpose=ask
[ -z "$results" ] || [ $purpose != run ] ||
	refuse "--results goes with --kernel, --matrix, --vsock-guest, --pair or --compare; see --help"
echo $purpose
