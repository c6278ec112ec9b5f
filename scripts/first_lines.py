#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
usage: scripts/first_lines.py [LIE...]
       scripts/first_lines.py --page

Tells every lie of src/lying_kernel/ (or those named) to the whole suite, over TCP, UDP and
VSOCK with IPv4, and looks at what the verdict names first: is it something that the lie says
it breaks? Keeps what was seen in docs/first_lines.json and writes docs/first_lines.md.
As root, after 'make lying_kernel'; about half an hour on two idle processors.

--page: measures nothing, and prints docs/first_lines.md as the lies and
docs/first_lines.json make it now. Lies that are named are told in that order.

Exit status: 0 where at least 95 % of the lies, and every one that fails more than 50 results,
are named by a requirement that they say they break, else 1.
"""

import json
import os
import pathlib
import platform
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TOP), str(TOP / "pytest")]

# pylint: disable=wrong-import-position
from lies import DYNAMIC, all_lies, lied_to
from guest import findings, tap_reader

MEASURED = TOP / "docs" / "first_lines.json"
PAGE = TOP / "docs" / "first_lines.md"
WANTED_PERCENT = 95
BROAD = 50
LONGEST = 120  # characters of what was seen
# Not guest-only.
WHERE = ["--entry", "[!g]*", "--transport", "tcp4", "--transport", "udp4", "--transport", "vsock-*"]
HOW_READ = """\
# What the verdict names first

`scripts/first_lines.py` makes this page. It tells each lie of `src/lying_kernel/` to the whole suite over TCP, UDP
and VSOCK with IPv4, and reads the first finding of the verdict: the requirement that is blamed, and what its results
showed. The lie says which requirements it breaks. A finding that names another is marked with ✗. Promises that
fail only where a broad observation does stand before that finding in one line, which refers to it.
"""


def told(lie, patience):
    """How many results fail under a lie, and what the verdict names first; None where it names nothing."""
    jobs = str(6 * (os.cpu_count() or 1))
    output = lied_to(lie.name, DYNAMIC, "--patience", patience, "-j", jobs, *WHERE).stdout
    report = tap_reader.read(output)
    found = findings.read(report.comments)
    seen = {"failures": len(report.by("fail")), "on": f"Linux {platform.release().split('-')[0]}"}
    if not found:
        return {**seen, "first": None, "sight": ""}
    return {**seen, "first": found[0]["requirement"], "sight": f"{found[0]['otherwise']}: {found[0]['sight']}"}


def right(lie, seen):
    return seen["first"] in lie.breaks


def measure(lies):
    """Enter what is seen under these lies into what is known; forget lies that are gone."""
    known = json.loads(MEASURED.read_text(encoding="utf-8")) if MEASURED.exists() else {}
    for number, lie in enumerate(lies, 1):
        seen = told(lie, "1000")
        # On a busy machine so little patience fails more than the lie does.
        if seen["first"] and not right(lie, seen):
            seen = told(lie, "5000")
        known[lie.name] = seen
        print(f"{number}/{len(lies)} {lie.name}: {seen}{'' if right(lie, seen) else ' !'}", file=sys.stderr, flush=True)
        kept = {one.name: known[one.name] for one in all_lies() if one.name in known}
        MEASURED.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")


def measured():
    """Every lie that something failed under, with what was seen."""
    known = json.loads(MEASURED.read_text(encoding="utf-8"))
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
        f"| measured | {len(json.loads(MEASURED.read_text(encoding='utf-8')))} of {len(all_lies())} |",
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
    return "\n".join(lines) + "\n"


def main():
    if sys.argv[1:] == ["--page"]:
        sys.stdout.write(page())
        return 0
    lies = {lie.name: lie for lie in all_lies()}
    names = sys.argv[1:] or list(lies)
    if unknown := [name for name in names if name not in lies] or not names:
        sys.exit(f"scripts/first_lines.py: no such lie, or 'make lying_kernel' has not been run: {unknown}")
    measure([lies[name] for name in names])
    percent, astray = judged()
    return 0 if percent >= WANTED_PERCENT and not astray else 1


if __name__ == "__main__":
    sys.exit(main())
