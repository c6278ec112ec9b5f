#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# timeout of GNU coreutils 9.10 (Debian sid), as the first process of a PID namespace, runs nothing, says
# nothing and exits 125. A container whose command is "timeout 60 ./tests" ends at once, with no result.
# The child of timeout takes its parent, process 1, for the init to which it would go if timeout had died,
# and gives up. Below a shell that stays, it works.
#
# Expected: the command runs. timeout(1) has 125 for "if the timeout command itself fails".
# Known: issue 219 of coreutils/coreutils, with a correction; Debian 13's coreutils 9.7 runs the command.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs sid coreutils=9.10-1
about "timeout of coreutils 9.10" "the command runs, and its status is that of timeout (timeout(1))"

# outcome COMMAND...: what a command says and its status, as the first process of a PID namespace.
outcome() {
	local said
	said=$(inside "$@" 2>&1)
	echo "status $?, output: ${said:-none}"
}
stated "timeout 60 echo hello" "status 125, output: none" "$(outcome timeout 60 echo hello)"
stated "sh -c 'timeout 60 echo hello; exit'" "status 0, output: hello" "$(outcome sh -c 'timeout 60 echo hello; exit')"
finish
