#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""usage: scripts/kernel_table.py [RESULTS]...

Writes the table of docs/kernels.md: how many tests pass on each kernel that was judged, and
how long they take. RESULTS are folders that --results names, or files that --json has written.
What they say of a kernel replaces what docs/kernel_table.json has of it, which is kept for
the next time. Several RESULTS of one kernel are added up, as those of its entries; a test that
was run again counts as the last of them has it.
"""

import collections
import json
import pathlib
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP))
# pylint: disable=wrong-import-position
from guest import artefacts, axes, verdicts
from guest.catalogue import release_key
from guest.markdown import plain, table
from guest.trouble import Trouble

PAGE = TOP / "docs/kernels.md"
KEPT = TOP / "docs/kernel_table.json"
BEGIN, END = "<!-- kernel_table.py: begin -->\n", "<!-- kernel_table.py: end -->\n"
COUNTED = ("pass", "xfail", "skip", "fail", "xpass", "broken")
# Others' processes for each of this machine's processors, from which on seconds are marked.
LOADED = 0.5


def _of_file(path):
    """What the JSON of a run says; a file does not say how busy its machine was."""
    kernel = artefacts.read(path)
    milliseconds = sum(result["milliseconds"] or 0 for result in kernel["results"])
    return kernel | {"label": kernel["release"], "seconds": milliseconds / 1000, "load": LOADED}


def read(path):
    """The kernels of a folder or file. Raises Trouble."""
    path = pathlib.Path(path)
    return verdicts.read_kernels(path) if path.is_dir() else [_of_file(path)]


def rows(kernels):
    """{label: what the table says of that kernel}"""
    found, judged = {}, collections.defaultdict(dict)
    for kernel in kernels:
        label = kernel["label"]
        if kernel["status"] != "judged":
            raise Trouble(f"{label} was not judged: {kernel.get('reason') or kernel['status']}")
        judged[label] |= {result["name"]: result["verdict"] for result in kernel["results"]}
        counts = collections.Counter(judged[label].values())
        before = found.get(label, {})
        found[label] = {
            "release": kernel["release"],
            "architecture": kernel.get("arch", ""),
            "pages": axes.pages(kernel),
            **{verdict: counts[verdict] for verdict in COUNTED},
            "seconds": round(kernel["seconds"] + before.get("seconds", 0)),
            "loaded": kernel.get("load", LOADED) >= LOADED or before.get("loaded", False),
            "date": kernel.get("date", "")[:10],
        }
    return found


def lines(kept):
    """The table, and what its marks mean."""
    ordered = sorted(kept.items(), key=lambda item: (release_key(item[0]), item[1]["architecture"], item[1]["pages"]))
    yield from table(
        ("kernel", "architecture", "pages", *COUNTED, "seconds", "judged"),
        (
            (
                plain(label),
                row["architecture"],
                row["pages"],
                *(str(row[verdict]) for verdict in COUNTED),
                f"{row['seconds']}{' ⁺' if row['loaded'] else ''}",
                row["date"],
            )
            for label, row in ordered
        ),
    )
    yield "⁺ The machine had other work at the time."


def page(text, kept):
    """The page with the table in its place. Raises Trouble where it has none."""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise Trouble(f"{PAGE} has no place for the table: {BEGIN.strip()}")
    return head + begin + "\n" + "\n".join(lines(kept)) + "\n\n" + end + tail


def main(arguments):
    try:
        kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
        kept |= rows([kernel for path in arguments for kernel in read(path)])
        text = page(PAGE.read_text(encoding="utf-8"), kept)
    except Trouble as trouble:
        print(f"kernel_table.py: {trouble}", file=sys.stderr)
        return trouble.status
    KEPT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
