#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# ksft.py, the Python library of the kernel's network tests, of Linux 6.12 (Debian 13; 7.3 does the
# same): a test that skips after a check of it has failed, or whose cleanup fails, ends as
# "not ok N NAME # SKIP". The totals count a skip and no failure, and a reader of KTAP takes it for
# skipped. An expected failure (KsftXfailEx) hides failed checks in the same way. The failure shows
# in the status 1, which is of the whole run, and in comments.
#
# Expected: "not ok" without SKIP. By KTAP (ktap.rst) "the result of the test case result line can be
# either "ok" or "not ok" if the SKIP directive is used", so that "not ok" does not say that it failed.
# A search of public issue trackers found no report of it.

# shellcheck source=findings/lib.sh
. "$(dirname "$0")/lib.sh"

needs python3 xz
debian_packages trixie linux-source-6.12=6.12.117-1
tree=tools/testing/selftests/net/lib/py
tar -C "$work" --xz -xf "$work/root/usr/src/linux-source-6.12.tar.xz" "linux-source-6.12/$tree" ||
	cannot_be_tried "the source has no $tree"
about "ksft.py of Linux 6.12.117" "\"not ok\" without SKIP for a failed check: with SKIP it is no failure (KTAP, ktap.rst)"

# The package's __init__.py wants the netlink specifications, which these tests do not use.
cat >"$work/run.py" <<'END'
import sys, types
package = types.ModuleType("py")
package.__path__ = [sys.argv[1]]
sys.modules["py"] = package
sys.argv[1:] = []
from py.ksft import KsftSkipEx, KsftXfailEx, ksft_eq, ksft_exit, ksft_run
from py.utils import defer
def fails():
    ksft_eq(1, 2)
def fails_and_skips():
    ksft_eq(1, 2)
    raise KsftSkipEx("no veth")
def fails_and_expects_to():
    ksft_eq(1, 2)
    raise KsftXfailEx("known")
def skips_and_fails_to_clean_up():
    defer(open, "/no/such/file")
    raise KsftSkipEx("no veth")
ksft_run([fails, fails_and_skips, fails_and_expects_to, skips_and_fails_to_clean_up])
ksft_exit()
END
python3 "$work/run.py" "$work/linux-source-6.12/$tree" >"$work/out" 2>"$work/log"
result=$?
stated "status" 1 "$result"
stated "a failed check" "not ok 1 run.fails" "$(grep -E '^(not )?ok 1' "$work/out")"
stated "a failed check, and a skip" "not ok 2 run.fails_and_skips # SKIP no veth" "$(grep -E '^(not )?ok 2' "$work/out")"
stated "a failed check, and an expected failure" "not ok 3 run.fails_and_expects_to # XFAIL known" \
	"$(grep -E '^(not )?ok 3' "$work/out")"
stated "a skip, and a cleanup that fails" "not ok 4 run.skips_and_fails_to_clean_up # SKIP no veth" \
	"$(grep -E '^(not )?ok 4' "$work/out")"
stated "totals" "# Totals: pass:0 fail:1 xfail:1 xpass:0 skip:2 error:0" "$(grep '^# Totals' "$work/out")"
finish
