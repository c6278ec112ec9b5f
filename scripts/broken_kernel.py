#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""
usage: scripts/broken_kernel.py [--whole] [BUG...]
       scripts/broken_kernel.py --list
       scripts/broken_kernel.py --page

Boots a kernel that has the bugs of broken_kernel/, one at a time (7.3+broken, built where
it is not cached), and runs the suite with each of them, or those named: the cases of the
requirements that the bug breaks, or with --whole all but the stacks. Keeps what caught each
bug in docs/broken_kernel.json, writes docs/broken_kernel.md, and prints the table. Exits 1
where nothing caught a bug, or where cases fail without one.

--list: the bugs, and what each does. --page: measures nothing, and prints
docs/broken_kernel.md as the patches and docs/broken_kernel.json make it now.
"""

import json
import pathlib
import re
import shlex
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP))

# pylint: disable=wrong-import-position
from guest import boot, bugs, judge, kernels, splats
from guest.trouble import FAILED, Trouble, say

KERNEL = "7.3+broken"
MEASURED = TOP / "docs" / "broken_kernel.json"
PAGE = TOP / "docs" / "broken_kernel.md"
NONE = "none"
# As guests do: all but the stacks, which take minutes.
ENTRIES = "--entry [!s]*"
# Where a bug shows, it shows on some of the transports.
TRANSPORTS = "--transport tcp[46] --transport udp[46] --transport udp6-mapped --transport vsock-*"
SECTION = re.compile(r"^# bug: (\S+)\n(.*?)(?:^# bug ends: (\d+)$|\Z)", re.MULTILINE | re.DOTALL)
FINDING = re.compile(r"^#   (ZC-\w+-\d+) (?:broken|changed|back): .*\n#     (.*)$", re.MULTILINE)
FAILURE = re.compile(r"^not ok \d+ (\w+)", re.MULTILINE)


def options(names, whole):
    """What the suite is told for a bug: one word for each_bug.sh."""
    if whole:
        return ENTRIES
    known = bugs.read()
    wanted = sorted({id for name in names for id in known[name].breaks})
    return " ".join([ENTRIES, TRANSPORTS, *(f"-r {id}" for id in wanted)])


def run(kernel, plan, told):
    """
    What the suite said under each bug of the plan {bug: options}, and how the last of them ended the guest.
    told(bug, text) is called as soon as the suite has ended under that bug.
    """
    words = ["each_bug.sh", "/msg_zerocopy", *(word for item in plan.items() for word in item)]
    files = {"msg_zerocopy": judge.PROGRAM, "bin/each_bug.sh": bugs.FOLDER / "each_bug.sh"}
    said, ended = bytearray(), set()

    def output(data):
        said.extend(data)
        if b"# bug" not in data:
            return
        for name, text, status in SECTION.findall(said.decode(errors="replace")):
            if status and name not in ended:
                ended.add(name)
                told(name, text)

    sinks = {"output": output, "errors": lambda data: None}
    end, _ = boot.run(kernel, shlex.join(words), files, sinks, memory_mib=kernel.memory_mib)
    sections = {name: (text, status) for name, text, status in SECTION.findall(said.decode(errors="replace"))}
    return sections, end


def outcome(text):
    """What of the suite's output says that a bug is seen."""
    findings = FINDING.findall(text)
    return {
        "caught": [id for id, _ in findings],
        "cases": sorted(set(FAILURE.findall(text))),
        "shows": findings[0][1] if findings else "",
    }


def measure(names, whole, keep):
    """{bug: its outcome}, and keep(bug, outcome) at once. A bug that ends the guest is caught by that; the rest
    go on in another."""
    kernel = kernels.find(KERNEL)
    plan = {name: options([name], whole) for name in names}
    left, seen = {NONE: options(names, whole)} | plan, {}

    def tell(name, row):
        seen[name] = {**row, "on": kernel.label, "run": "whole" if whole else "selected"}
        if name == NONE and row["cases"]:
            raise Trouble(f"without a bug these fail on {kernel.release}: {', '.join(row['cases'])}")
        if name != NONE:
            say(f"{name}: {', '.join(row['caught'][:3]) or row['shows'] or 'nothing'}")
            keep(name, seen[name])

    while left:
        say(f"booting {kernel.release} for {len(left)} runs")
        sections, end = run(kernel, left, lambda name, text: tell(name, outcome(text)))
        for name, (text, status) in sections.items():
            del left[name]
            if not status:
                faults = splats.find(end.console)[0] or [end.reason]
                tell(name, {**outcome(text), "shows": f"the kernel {end.status}: {faults[0].splitlines()[0]}"})
        if not sections:
            raise Trouble(f"{kernel.release} {end.status}: {end.reason}")
    return {name: row for name, row in seen.items() if name != NONE}


def is_caught(row):
    return bool(row.get("caught") or row.get("shows"))


def page():
    """The bugs as their patches describe them, beside what was measured."""
    known = json.loads(MEASURED.read_text(encoding="utf-8")) if MEASURED.exists() else {}
    rows = [(bug, known.get(bug.name, {})) for bug in bugs.read().values()]
    measured = [row for _, row in rows if row]
    lines = [
        "# Kernels with a bug",
        "",
        "`scripts/broken_kernel.py` makes this page. It builds a kernel with the bugs of",
        "[broken_kernel/](../broken_kernel/README.md), switches one on at a time, and runs the suite: the cases of the",
        "requirements that the bug breaks, or all. The same run without a bug first, where none may fail. *Caught by*",
        "are the requirements that the verdict blames, and *shows as* is what the first of them showed.",
        "",
        f"{sum(map(is_caught, measured))} of the {len(measured)} bugs that were measured are caught, of {len(rows)}"
        + "".join(f", on {label}" for label in sorted({row["on"] for row in measured}))
        + ".",
        "",
        "| bug | what the kernel does | breaks | caught by | cases | shows as |",
        "|---|---|---|---|---|---|",
    ]
    for bug, row in rows:
        caught = ", ".join(row.get("caught", [])[:3]) or (
            "its crash" if is_caught(row) else "**nothing**" if row else "not measured"
        )
        cases = row.get("cases", [])
        named = f"`{cases[0]}`" + (f" and {len(cases) - 1} more" if len(cases) > 1 else "") if cases else ""
        shows = row.get("shows", "").replace("|", "\\|")
        lines.append(f"| {bug.name} | {bug.subject} | {', '.join(bug.breaks)} | {caught} | {named} | {shows} |")
    return "\n".join(lines) + "\n"


def table(seen):
    """For a terminal: a bug, what caught it, and how it shows."""
    for name, row in seen.items():
        caught = ", ".join(row["caught"][:3]) or ("its crash" if is_caught(row) else "NOTHING")
        print(f"{name:45} {caught:32} {row['shows']}")


def main(words):
    whole = "--whole" in words
    names = [word for word in words if word != "--whole"]
    known = bugs.read()
    if names == ["--list"]:
        for bug in known.values():
            print(f"{bug.name:45} {bug.subject}")
        return 0
    if names == ["--page"]:
        sys.stdout.write(page())
        return 0
    if unknown := [name for name in names if name not in known]:
        raise Trouble(f"there is no bug '{unknown[0]}'; --list shows them")
    kept = json.loads(MEASURED.read_text(encoding="utf-8")) if MEASURED.exists() else {}

    def keep(name, row):
        kept[name] = row
        rows = {one: kept[one] for one in known if one in kept}
        MEASURED.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
        PAGE.write_text(page(), encoding="utf-8")

    seen = measure(names or list(known), whole, keep)
    table(seen)
    return 0 if all(map(is_caught, seen.values())) else FAILED


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Trouble as trouble:
        print(f"scripts/broken_kernel.py: {trouble}", file=sys.stderr)
        sys.exit(trouble.status)
