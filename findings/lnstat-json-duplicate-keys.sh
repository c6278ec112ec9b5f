#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# lnstat -j of iproute2 6.15.0 (Debian 13; 7.3.0 does the same) writes one flat object for all
# files of /proc/net/stat, so that a key which several of them have occurs several times: of the
# "entries" of each cache and of connection tracking, JSON readers keep one.
#
# Expected: every value reaches the reader. RFC 8259, section 4: "The names within an object
# SHOULD be unique"; the text form of the output does name the file above each column.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_programs trixie iproute2=6.15.0-1 python3
about "lnstat of iproute2 6.15.0" "the names within an object are unique (RFC 8259, section 4); the text form says" \
	"which file a column is of"

cat >"$work/root/count.py" <<'END'
import json, sys
pairs = json.load(sys.stdin, object_pairs_hook=list)
names = [name for name, _ in pairs]
print("unique" if len(set(names)) == len(names) else "repeated", *(["entries"] if names.count("entries") > 1 else []))
END
# A key can only repeat where there are several files.
files=$(inside sh -c 'ls /proc/net/stat' 2>/dev/null | tr '\n' ' ')
[ "$(wc -w <<<"$files")" -ge 2 ] || cannot_be_tried "/proc/net/stat has fewer than two files: $files"
stated "names of the one object" "repeated entries" "$(inside sh -c 'lnstat -j -c 1 | python3 /count.py')"
finish
