# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Completion for bash, of msg_zerocopy and of run_tests.sh: `make install` puts it where
# bash-completion finds it for the former; or `. scripts/completion.bash`. What options there
# are, the command is asked, and what values they take, the program that run_tests.sh has built.

# _msg_zerocopy_values OPTION: what may follow it, one a line.
_msg_zerocopy_values() {
	case $1 in
	-t | --test | -T | --not-test | --trace | --reproducer)
		# Names of tests once there is a dot, those of cases before.
		"$program" --list --entry '*' | if [[ $word == *.* ]]; then cat; else cut -d. -f1 | sort -u; fi
		;;
	-v | --variant | -V | --not-variant) "$program" --list --entry '*' | cut -d. -f2- | sort -u ;;
	--transport) "$program" --list --entry '*' | cut -d. -f2 | sort -u ;;
	--path) "$program" --list --entry '*' | cut -d. -f3 | sort -u ;;
	-r | --requirement) "$program" --catalogue | grep -o '^  ZC-[A-Z]*-[0-9]*' ;;
	--entry) "$program" --list --why -t '*' | sed -n 's/.*[#;] entry \([a-z_-]*\), .*/\1/p' | sort -u ;;
	--color) printf '%s\n' auto always never ;;
	--remote) printf '%s\n' tcp: vsock: exec: env ;;
	--serve) printf '%s\n' tcp: vsock: - ;;
	--stack) printf '%s\n' geneve gre vlan vxlan ;;
	--kernel | --matrix | --vsock-guest | --pair) "$command" --list-kernels | cut -d' ' -f1 ;;
	esac
}

# Words of --help that begin a row: options, those that take a value after "=" with it; and those
# of run_tests.sh alone, which stand in its usage; behind --bench those of the benchmark.
_msg_zerocopy_options() {
	local help bench=()
	[[ " ${COMP_WORDS[*]} " != *" --bench "* ]] || bench=(--bench)
	help=$("$command" "${bench[@]}" --help)
	sed -n 's/^  \(-.,\|   \) \(--[a-z=-]*\).*/\2/p; s/^  \(-.\), --.*/\1/p' <<<"$help"
	grep '^\(usage:\|      \) run_tests\.sh ' <<<"$help" | grep -o -e '--[a-z-]*'
}

_msg_zerocopy() {
	local command=${COMP_WORDS[0]} program=${COMP_WORDS[0]} word=$2 before=$3 choices
	[[ ${command##*/} != run_tests.sh ]] || program=$(dirname "$command")/build/msg_zerocopy
	# bash makes a word of the sign in --option=value.
	if [[ $word == = ]]; then
		word=
	elif [[ $before == = ]]; then
		before=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	case $word in
	-*) choices=$(_msg_zerocopy_options 2>/dev/null) ;;
	*) choices=$(_msg_zerocopy_values "$before" 2>/dev/null) ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$word")
	# A file, behind an option that takes one.
	((${#COMPREPLY[@]})) || compopt -o default 2>/dev/null
}

complete -F _msg_zerocopy msg_zerocopy run_tests.sh
