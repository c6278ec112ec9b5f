#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
usage: scripts/explorer_lies.py [--seconds N] [LIE...]
       scripts/explorer_lies.py --outside

Tells each lie of src/lying_kernel/ that touches what the explorer's model sees (or those named)
to zerocopy_explore, and prints a row for each: found or not, after how many seconds, and what
the kernel seemed to do. As root, after 'make lying_kernel explore'.

--seconds N: how long to look for each of them (60).
--outside: print the other lies, with the reason why the explorer cannot see them.

Exit status: 0 where at least 95 % are found and nothing is found without a lie; else 1.
"""

import argparse
import os
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TOP), str(TOP / "pytest"), str(TOP / "scripts")]

# pylint: disable=wrong-import-position
from lies import all_lies, lied_to
from first_lines import shortened

EXPLORER = TOP / "build" / "zerocopy_explore.dynamic"
WANTED_PERCENT = 95
# The library's machinery alone, which is no lie.
CONTROLS = ("none", "none-hiding")
SHRINKING = 120  # seconds that a find may take in addition

# Lies about what no program of the explorer does, or about what its model leaves open.
OUTSIDE = {
    "programs set the option of a sender, to an int, and do not read it": """
        option-accepts-short-length option-accepts-null option-refuses-long-length option-reads-zero option-not-readable
        option-read-tells-wrong-length option-on-by-default option-not-inherited accepted-socket-goes-on-counting
        option-refused-when-listening""",
    "senders are TCP and UDP sockets": """
        option-accepted-by-all-sockets option-value-checked-before-family ktls-drops-notifications
        flag-refused-by-other-families flag-refused-by-ktls option-harms-ktls error-queue-of-ktls-empty
        fault-is-invalid-elsewhere enobufs-for-enomem-of-other-families flag-without-cookie-ignored
        rds-completions-lost vsock-option-needs-connection vsock-ignores-flag vsock-copies-at-once vsock-counts-packets
        vsock-says-copied vsock-never-says-copied vsock-accepted-socket-has-the-option
        vsock-accepted-socket-refuses-the-option vsock-failure-is-success vsock-failures-take-credit
        vsock-large-message-is-invalid vsock-loses-end-of-record""",
    "programs do not use io_uring": """
        send-zc-is-a-plain-send send-zc-does-not-report-usage send-zc-reports-usage-unasked""",
    "programs send no urgent data, and UDP_SEGMENT is their only control message": """
        urgent-refused urgent-not-counted bad-control-message-accepted counter-counts-control-messages""",
    "programs are too short": """
        counter-wraps-at-sixteen-bits last-id-is-zero range-ends-at-the-wrap range-covers-all-ids""",
    "no call of a program blocks or is interrupted": """
        interrupted-send-counts empty-queue-blocks enobufs-waits receive-woken-by-notification""",
    "the document says nothing of when and in which entries ids are reported": """
        small-data-does-not-wait late never-merged merged-past-other-entries sorted newest-first
        recvmmsg-returns-one""",
    "all data of a program goes to local sockets, so that a copy is always due": """
        copied-spreads-by-merging never-shares head-of-datagram-copied always-copied streams-always-copied""",
    "programs do not use these forms of reading": """
        notification-without-time-stamp truncation-for-lack-of-padding unwritable-control-refused peek-honoured
        read-without-control-refused""",
    "programs look at a socket by poll(2)": """
        pollpri-missing select-silent select-exceptional epollerr-missing epoll-edge-once epoll-event-repeated
        epoll-oneshot-goes-on epoll-exclusive-silent no-sigio notification-sets-so-error
        read-of-notification-clears-so-error""",
    "a socket of a program has one descriptor, and its end is not looked at": """
        counter-per-descriptor close-drops-data close-of-one-descriptor-drops-notifications close-leaks-the-socket""",
    "limits are not judged to the byte, nor what is charged to whom no limit binds": """
        optmem-grows optmem-max-starts-small optmem-max-accepts-negative memlock-returned-when-read
        memlock-charges-unlimited memlock-shown-in-status pages-kept""",
}


def outside():
    return {name for names in OUTSIDE.values() for name in names.split()}


def explored(name, seconds):
    """(exit status, seconds until it was told, operations, what was told) under a lie"""
    words = ["--seed", "1", "--seconds", str(seconds)]
    result = lied_to(name, EXPLORER, *words, timeout=seconds + SHRINKING)
    told = re.search(
        r"after ([0-9.]+) s, .* ([0-9]+) when shrunk(, seen once)?.*?\n  ([^\n]*)\n    expected: ([^\n]*)\n"
        r"    seen:     ([^\n]*)\n  judges (\S+),",
        result.stdout,
        re.DOTALL,
    )
    if not told:
        return result.returncode, None, None, result.stderr.strip()
    after, operations, once, what, expected, seen, requirement = told.groups()
    text = shortened(f"{requirement} {what}: expected {expected}, seen {seen}")
    return result.returncode, float(after), int(operations), text + ("; once" if once else "")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("lies", nargs="*")
    parser.add_argument("--outside", action="store_true")
    words = parser.parse_args()
    if words.outside:
        for reason, lies in OUTSIDE.items():
            print(reason + ":", *lies.split(), sep="\n    ")
        return 0
    names = [lie.name for lie in all_lies()]
    if not names or not EXPLORER.exists():
        sys.exit("scripts/explorer_lies.py: 'make lying_kernel explore' has not been run")
    if unknown := [name for name in words.lies if name not in names]:
        sys.exit(f"scripts/explorer_lies.py: no such lie: {', '.join(unknown)}")
    told = words.lies or [name for name in names if name not in outside()]
    found = []
    amiss = []
    print("| lie | found after, seconds | operations | what was found |\n|---|---|---|---|")
    for name in [*CONTROLS, *told]:
        status, after, operations, text = explored(name, words.seconds)
        if after is not None and status == 1:
            if after <= words.seconds:
                (amiss if name in CONTROLS else found).append(name)
            when = f"{after:.1f}" + ("" if after <= words.seconds else ", too late")
        else:
            when = "not found"
        print(f"| {name} | {when} | {'' if operations is None else operations} | {text} |", flush=True)
    percent = 100 * len(found) / max(len(told), 1)
    print(f"\n{len(found)} of {len(told)} lies found within {words.seconds} s ({percent:.1f} %)", end="")
    print(f", but also without a lie: {', '.join(amiss)}" if amiss else "")
    return 0 if percent >= WANTED_PERCENT and not amiss else 1


if __name__ == "__main__":
    os.environ.pop("LYING_KERNEL", None)
    sys.exit(main())
