#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
usage: scripts/upstream_lies.py [LIE...] >docs/lies.md

Runs the kernel's own test, selftests/net/msg_zerocopy.sh, under each lie of
src/lying_kernel/ that can concern it, and the cases of the promises that the lie
breaks. Prints a page with a table. As root, after 'make lying_kernel'; about
four seconds a lie on two idle processors.
"""

import concurrent.futures
import os
import pathlib
import platform
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "pytest"))

# pylint: disable=wrong-import-position
from conftest import run
from lies import LIBRARY, all_lies, outcome

FOLDER = TOP / "build" / "upstream"
RUNS = [("4", "tcp"), ("6", "tcp"), ("4", "udp"), ("6", "udp")]
# Its namespaces' names are nobody else's, and end with it.
PRIVATE = ["unshare", "--mount", "--net", "--propagation", "private", "sh", "-c"]
SCRIPT = 'mount -t tmpfs none /run && cd "$1" && shift && exec ./msg_zerocopy.sh "$@"'


def upstream(lie, version, protocol, seconds):
    """The script's exit status."""
    environment = {**os.environ, "LD_PRELOAD": str(LIBRARY), "LYING_KERNEL": lie}
    command = [*PRIVATE, SCRIPT, "sh", FOLDER, version, protocol, "-t", seconds]
    try:
        return run(*command, env=environment, timeout=60).returncode
    except subprocess.TimeoutExpired:
        return 124


def fails(lie, version, protocol):
    """
    With the shortest duration that its options allow, and if so with its usual one.
    It fails on a busy machine without a lie, too: so four times of four.
    """
    return all(upstream(lie, version, protocol, seconds) for seconds in ("0", "1", "1", "1"))


def caught_upstream(lie):
    with concurrent.futures.ThreadPoolExecutor(len(RUNS)) as pool:
        failed = [one for one, bad in zip(RUNS, pool.map(lambda one: fails(lie, *one), RUNS)) if bad]
    return {
        protocol: [version for version, other in failed if other == protocol] for protocol in ("tcp", "udp")
    }


def cell(versions):
    if not versions:
        return "no"
    return "yes" if len(versions) == 2 else f"IPv{versions[0]} only"


def concerns_upstream(lie):
    """It runs over TCP and UDP, without io_uring."""
    return not all(requirement.startswith(("ZC-OP-", "ZC-IO-", "ZC-VS-")) for requirement in lie.breaks)


def ours(lie):
    seen = outcome(lie)
    cases = sorted({name.split(".")[0] for name in seen.get("failed", [])})
    if not cases:
        return "cannot be told on this machine" if seen.get("status") in (None, 4) else "no"
    more = f" and {len(cases) - 1} more" if len(cases) > 1 else ""
    return f"`{cases[0]}`{more}"


def main():
    if run(TOP / "bench" / "upstream.sh", FOLDER).returncode:
        sys.exit("scripts/upstream_lies.py: scripts/upstream.sh could not build the kernel's own test")
    if caught_upstream("none") != {"tcp": [], "udp": []}:
        sys.exit("scripts/upstream_lies.py: msg_zerocopy.sh fails on this machine without a lie")
    wanted = [
        lie for lie in all_lies() if concerns_upstream(lie) and (lie.name in sys.argv[1:] or not sys.argv[1:])
    ]
    rows, totals = [], {"ours": 0, "tcp": 0, "udp": 0, "either": 0}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        told = pool.map(lambda lie: (lie, ours(lie), caught_upstream(lie.name)), wanted)
        for number, (lie, here, theirs) in enumerate(told, 1):
            rows.append(
                f"| {lie.name} | {lie.description.rstrip('.')} | {here} "
                f"| {cell(theirs['tcp'])} | {cell(theirs['udp'])} |"
            )
            totals["ours"] += here.startswith("`")
            totals["tcp"] += bool(theirs["tcp"])
            totals["udp"] += bool(theirs["udp"])
            totals["either"] += bool(theirs["tcp"] or theirs["udp"])
            print(f"{number}/{len(wanted)} {rows[-1]}", file=sys.stderr, flush=True)
    unknown = sum("cannot be told" in row for row in rows)
    untold = f"; the other {unknown} cannot be told on this machine" if unknown else ""
    version = "with" if "cfg_expect_zerocopy" in (FOLDER / "msg_zerocopy.c").read_text() else "without"
    print(
        f"""# The same lies told to the kernel's own test

Made by `scripts/upstream_lies.py` on Linux {platform.release().split('-')[0]}: each lie of `src/lying_kernel/` that concerns
TCP or UDP, told to the cases of the promises that it breaks, and to `selftests/net/msg_zerocopy.sh`
({version} its option -Z, which tells copied from shared) over TCP and UDP, IPv4 and IPv6. Theirs is caught
where the script fails four times of four, as it fails now and then without a lie: with `-t 0`, which sends for 0.2
seconds, then with `-t 1` as its default run does.

| | lies caught |
|---|---|
| here | {totals['ours']} of {len(rows)}{untold} |
| msg_zerocopy.sh | {totals['either']} of {len(rows)} (TCP {totals['tcp']}, UDP {totals['udp']}) |

| lie | what the kernel does under it | caught here by | their tcp | their udp |
|---|---|---|---|---|"""
    )
    print("\n".join(rows))


if __name__ == "__main__":
    main()
