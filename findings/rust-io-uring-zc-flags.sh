#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The Rust crate io-uring 0.6.4 (Debian 13; 0.7.15 is the same) lets one set the zc_flags of its
# SendZc, and exports no value for them: IORING_SEND_ZC_REPORT_USAGE and the answer to it,
# IORING_NOTIF_USAGE_ZC_COPIED, are only in its private module sys. One has to write 8 and 1 << 31.
#
# Expected: public constants, as of the other flags, which have types of their own.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

debian_packages trixie librust-io-uring-dev=0.6.4-4
about "io-uring 0.6.4 for Rust" "the values for zc_flags, and for the answer, are public, as the setter is"

crate=$work/root/usr/share/cargo/registry/io-uring-0.6.4/src
stated "the setter" "zc_flags: u16 = 0," "$(grep -o 'zc_flags: u16 = 0,' "$crate/opcode.rs")"
stated "the module with the values" "mod sys;" "$(grep 'mod sys;' "$crate/lib.rs")"
for name in IORING_SEND_ZC_REPORT_USAGE IORING_NOTIF_USAGE_ZC_COPIED; do
	stated "$name within it" "there" "$(grep -rq "pub const $name\b" "$crate/sys" && echo there)"
	stated "$name elsewhere" "" "$(grep -rl "$name" "$crate" | grep -v '/sys/')"
done
finish
