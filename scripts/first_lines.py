#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
usage: scripts/first_lines.py [LIE...]
       scripts/first_lines.py --slowest
       scripts/first_lines.py --page

Tells every lie of src/lying_kernel/ (or those named) to the whole suite, over TCP, UDP and
VSOCK with IPv4, and looks at what the verdict names first: is it something that the lie says
it breaks? Keeps what was seen in docs/first_lines.json and writes docs/first_lines.md.
As root, after 'make lying_kernel'; about 40 minutes on two idle processors.

--slowest: tells the ten that took longest there to a run without options, beside one without a
lie: how much longer does the verdict take? To be made anew when lies were told anew.
--page: measures nothing, and prints docs/first_lines.md as the lies and
docs/first_lines.json make it now. Lies that are named are told in that order.

Exit status: 0 where at least 95 % of the lies, and every one that fails more than 50 results,
are named by a requirement that they say they break, and none of the slowest takes more than
three times the time of a run without a lie; else 1.
"""

import functools
import json
import os
import pathlib
import platform
import sys
import time

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TOP), str(TOP / "pytest")]

# pylint: disable=wrong-import-position
from lies import DYNAMIC, all_lies, lied_to
from guest import findings, tap_reader

MEASURED = TOP / "docs" / "first_lines.json"
PAGE = TOP / "docs" / "first_lines.md"
WANTED_PERCENT = 95
BROAD = 50
SLOWEST = 10
TIMES = 3
LONGEST = 120  # characters of what was seen
# Milliseconds. On a busy machine so little fails more than the lie does.
PATIENCE, MORE_PATIENCE = "3000", "10000"
# Not guest-only.
WHERE = ["--entry", "[!g]*", "--transport", "tcp4", "--transport", "udp4", "--transport", "vsock-*"]
HOW_READ = """\
# What the verdict names first

`scripts/first_lines.py` makes this page. It tells each lie of `src/lying_kernel/` to the whole suite over TCP, UDP
and VSOCK with IPv4, and reads the first finding of the verdict: the requirement that is blamed, and what its results
showed. The lie says which requirements it breaks. A finding that names another is marked with ✗. Promises that
fail only where a broad observation does stand before that finding in one line, which refers to it.

Under a lie that hides notifications each look at a socket empties the kernel's error queue. Results that fail by
that alone (lie `none-hiding`: option memory, select(), epoll and more) are left out there.
"""


def run_under(name, *options):
    """The output of a run, and its seconds."""
    start = time.monotonic()
    output = lied_to(name, DYNAMIC, *options).stdout
    return output, round(time.monotonic() - start, 1)


def jobs():
    return "-j", str(6 * (os.cpu_count() or 1))


@functools.cache
def changed_by_hiding():
    """The results that fail as soon as the kernel's error queue is emptied by each look at a socket."""
    report = tap_reader.read(run_under("none-hiding", "--patience", PATIENCE, *jobs(), *WHERE)[0])
    return [result.name for result in report.results if result.verdict == "fail"]


def told(lie, patience):
    """How many results fail under a lie, and what the verdict names first; None where it names nothing."""
    left_out = [word for name in changed_by_hiding() if lie.hides for word in ("-T", name)]
    output, seconds = run_under(lie.name, "--patience", patience, *jobs(), *WHERE, *left_out)
    report = tap_reader.read(output)
    found = findings.read(report.comments)
    seen = {
        "failures": len(report.by("fail")),
        "seconds": seconds,
        "on": f"Linux {platform.release().split('-')[0]}",
    }
    if not found:
        return {**seen, "first": None, "sight": ""}
    return {**seen, "first": found[0]["requirement"], "sight": f"{found[0]['otherwise']}: {found[0]['sight']}"}


def right(lie, seen):
    return seen["first"] in lie.breaks


def known_so_far():
    return json.loads(MEASURED.read_text(encoding="utf-8")) if MEASURED.exists() else {}


def keep(known):
    """Forgets lies that are gone."""
    kept = {one.name: known[one.name] for one in all_lies() if one.name in known}
    MEASURED.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def measure(lies):
    """Enter what is seen under these lies into what is known."""
    known = known_so_far()
    for number, lie in enumerate(lies, 1):
        seen = told(lie, PATIENCE)
        if seen["first"] and not right(lie, seen):
            seen = told(lie, MORE_PATIENCE)
        known[lie.name] = seen
        print(f"{number}/{len(lies)} {lie.name}: {seen}{'' if right(lie, seen) else ' !'}", file=sys.stderr, flush=True)
        keep(known)


def measure_slowest():
    """The whole run's seconds under the slowest lies, each beside one without a lie."""
    known = known_so_far()
    good = 0.0
    for seen in known.values():
        seen.pop("whole", None)
    for number, name in enumerate(sorted(known, key=lambda name: -known[name]["seconds"])[:SLOWEST]):
        good = run_under("")[1] if number % 5 == 0 else good
        known[name]["whole"] = {"good": good, "seconds": run_under(name)[1]}
        print(f"{name}: {known[name]['whole']}", file=sys.stderr, flush=True)
        keep(known)


def slowest():
    """[(lie, seconds of a run without a lie, seconds under it)], the slowest first"""
    rows = [
        (name, seen["whole"]["good"], seen["whole"]["seconds"])
        for name, seen in known_so_far().items()
        if "whole" in seen
    ]
    return sorted(rows, key=lambda row: row[1] / row[2])


def measured():
    """Every lie that something failed under, with what was seen."""
    known = known_so_far()
    return [(lie, known[lie.name]) for lie in all_lies() if lie.name in known and known[lie.name]["first"]]


def judged():
    """(how many of the lies are named rightly, in percent; the broad ones that are not)"""
    rows = measured()
    astray = [lie.name for lie, seen in rows if seen["failures"] > BROAD and not right(lie, seen)]
    return 100 * sum(right(lie, seen) for lie, seen in rows) / max(len(rows), 1), astray


def shortened(text):
    text = text.replace("|", "\\|")
    return text if len(text) <= LONGEST else text[: LONGEST - 4] + " ..."


def page():
    """docs/first_lines.md: the lies as the library lists them, beside what was measured."""
    rows = measured()
    broad = [seen for _, seen in rows if seen["failures"] > BROAD]
    percent, astray = judged()
    lines = [
        HOW_READ,
        f"Measured on {'; '.join(sorted({seen['on'] for _, seen in rows}))}.",
        "",
        "| | lies |",
        "|---|---|",
        f"| measured | {len(known_so_far())} of {len(all_lies())} |",
        f"| caught there | {len(rows)} |",
        f"| named by a requirement that they break | {sum(right(*row) for row in rows)} ({percent:.1f} %) |",
        f"| that fail more than {BROAD} results | {len(broad)} |",
        f"| of these, named by another requirement | {', '.join(astray) or 'none'} |",
        "",
        "| lie | results that fail | it breaks | named first | what was seen |",
        "|---|---|---|---|---|",
    ]
    for lie, seen in rows:
        mark = "" if right(lie, seen) else " ✗"
        breaks = ", ".join(lie.breaks)
        lines.append(
            f"| {lie.name} | {seen['failures']} | {breaks} | {seen['first']}{mark} | {shortened(seen['sight'])} |"
        )
    lines += [
        "",
        "## Time to the verdict",
        "",
        "Of the lies under which the runs above took longest: a run without any options, as `build/msg_zerocopy` alone "
        "is, beside one without a lie that was made shortly before.",
        "",
        "| lie | seconds without a lie | with it | times |",
        "|---|---|---|---|",
    ]
    lines += [f"| {name} | {good:.1f} | {bad:.1f} | {bad / good:.1f} |" for name, good, bad in slowest()]
    return "\n".join(lines) + "\n"


def main():
    if sys.argv[1:] == ["--page"]:
        sys.stdout.write(page())
        return 0
    if sys.argv[1:] == ["--slowest"]:
        measure_slowest()
    else:
        lies = {lie.name: lie for lie in all_lies()}
        names = sys.argv[1:] or list(lies)
        if unknown := [name for name in names if name not in lies] or not names:
            sys.exit(f"scripts/first_lines.py: no such lie, or 'make lying_kernel' has not been run: {unknown}")
        measure([lies[name] for name in names])
    PAGE.write_text(page(), encoding="utf-8")
    percent, astray = judged()
    slow = [name for name, good, bad in slowest() if bad > TIMES * good]
    return 0 if percent >= WANTED_PERCENT and not astray and not slow else 1


if __name__ == "__main__":
    sys.exit(main())
