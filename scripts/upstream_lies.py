#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
usage: scripts/upstream_lies.py [LIE...]
       scripts/upstream_lies.py --page

Runs the kernel's own test, selftests/net/msg_zerocopy.sh, under each lie of
src/lying_kernel/ (or those named) that can concern it, and the cases of the promises
that the lie breaks; keeps what was seen in docs/lies.json and writes docs/lies.md.
As root, after 'make lying_kernel'; about four seconds a lie on two idle processors.

--page: measures nothing, and prints docs/lies.md as the program, the lies and
docs/lies.json make it now.
"""

import concurrent.futures
import json
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

MEASURED = TOP / "docs" / "lies.json"
PAGE = TOP / "docs" / "lies.md"
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
    return {protocol: [version for version, other in failed if other == protocol] for protocol in ("tcp", "udp")}


def cell(versions):
    if not versions:
        return "no"
    return "yes" if len(versions) == 2 else f"IPv{versions[0]} only"


def concerns_upstream(lie):
    """It shows over TCP and UDP, without io_uring."""
    elsewhere = all(requirement.startswith(("ZC-OP-", "ZC-IO-", "ZC-VS-")) for requirement in lie.breaks)
    return not elsewhere and not lie.name.startswith("vsock-")


def ours(lie):
    seen = outcome(lie)
    cases = sorted({name.split(".")[0] for name in seen.get("failed", [])})
    if not cases:
        return "cannot be told on this machine" if seen.get("status") in (None, 4) else "no"
    more = f" and {len(cases) - 1} more" if len(cases) > 1 else ""
    return f"`{cases[0]}`{more}"


def concerned():
    return [lie for lie in all_lies() if concerns_upstream(lie)]


def setting():
    """What a measurement depends on: the kernel, and the age of its test."""
    copied = "with" if "cfg_expect_zerocopy" in (FOLDER / "msg_zerocopy.c").read_text() else "without"
    return f"Linux {platform.release().split('-')[0]}, msg_zerocopy.sh {copied} -Z"


def measure(lies):
    """Enter what is seen under these lies into what is known; forget lies that are gone."""
    if run(TOP / "scripts" / "upstream.sh", FOLDER).returncode:
        sys.exit("scripts/upstream_lies.py: scripts/upstream.sh could not build the kernel's own test")
    if caught_upstream("none") != {"tcp": [], "udp": []}:
        sys.exit("scripts/upstream_lies.py: msg_zerocopy.sh fails on this machine without a lie")
    known = json.loads(MEASURED.read_text(encoding="utf-8"))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        told = pool.map(lambda lie: (lie, ours(lie), caught_upstream(lie.name)), lies)
        for number, (lie, here, theirs) in enumerate(told, 1):
            known[lie.name] = {
                "here": here,
                "tcp": cell(theirs["tcp"]),
                "udp": cell(theirs["udp"]),
                "on": setting(),
            }
            print(f"{number}/{len(lies)} {lie.name}: {known[lie.name]}", file=sys.stderr, flush=True)
    kept = {lie.name: known[lie.name] for lie in concerned() if lie.name in known}
    MEASURED.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def page():
    """The lies as the library lists them, beside what was measured."""
    lies = concerned()
    known = json.loads(MEASURED.read_text(encoding="utf-8"))
    seen = [known[lie.name] for lie in lies if lie.name in known]
    unmeasured = {"here": "not measured", "tcp": "not measured", "udp": "not measured"}
    tcp = sum(row["tcp"] != "no" for row in seen)
    udp = sum(row["udp"] != "no" for row in seen)
    either = sum(row["tcp"] != "no" or row["udp"] != "no" for row in seen)
    caught = sum(row["here"].startswith("`") for row in seen)
    untold = sum(row["here"].startswith("cannot be told") for row in seen)
    missing = len(lies) - len(seen)
    lines = [
        "# The same lies told to the kernel's own test",
        "",
        "`scripts/upstream_lies.py` makes this page. It tells each lie of `src/lying_kernel/` that concerns TCP or UDP",
        "to the cases of the promises that the lie breaks, and to `selftests/net/msg_zerocopy.sh` over TCP and UDP,",
        "IPv4 and IPv6. The script's option -Z, where it has that, tells copied from shared. Because the script fails",
        "now and then without a lie, a lie counts as caught by it only where it fails four times of four: once with",
        "`-t 0`, which sends for 0.2 seconds, and three times with `-t 1`, as its default run does.",
        "",
        f"Measured on {'; '.join(sorted({row['on'] for row in seen}))}.",
        "",
        "| | lies caught |",
        "|---|---|",
        f"| here | {caught} of {len(lies)}"
        + (f"; {untold} of the others cannot be told on that machine" if untold else "")
        + (f"; {missing} of the others are not measured" if missing else "")
        + " |",
        f"| msg_zerocopy.sh | {either} of {len(seen)} (TCP {tcp}, UDP {udp}) |",
        "",
        "| lie | what the kernel does under it | promises that it breaks | caught here by | their tcp | their udp |",
        "|---|---|---|---|---|---|",
    ]
    for lie in lies:
        row = known.get(lie.name, unmeasured)
        lines.append(
            f"| {lie.name} | {lie.description.rstrip('.')} | {', '.join(lie.breaks)} | {row['here']} "
            f"| {row['tcp']} | {row['udp']} |"
        )
    return "\n".join(lines) + "\n"


def main():
    if not all_lies():
        sys.exit("scripts/upstream_lies.py: no lies are there; run 'make lying_kernel'")
    if sys.argv[1:] == ["--page"]:
        sys.stdout.write(page())
        return
    measure([lie for lie in concerned() if lie.name in sys.argv[1:] or not sys.argv[1:]])
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
