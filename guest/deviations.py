# SPDX-License-Identifier: GPL-2.0
"""usage: python3 -m guest.deviations [REPORT]

Writes docs/deviations.md: every catalogued deviation, by the kernels that have it. REPORT
is the report.json of a matrix: what its kernels did is kept in docs/matrix.json, and the
page says where each deviation was seen. `make docs` is the same.
"""

import json
import pathlib
import sys

from guest import catalogue as catalogues
from guest.markdown import plain, table
from guest.trouble import Trouble

DOCS = pathlib.Path(__file__).resolve().parent.parent / "docs"
PAGE = DOCS / "deviations.md"
MATRIX = DOCS / "matrix.json"
OF_KERNEL = ("label", "release", "package", "version", "flavour", "arch", "date")
SEEN = {
    "deviates": "seen on",
    "kept": "not there on",
    "better": "expected but not there on",
    "broken": "broken otherwise on",
}


def summarise(file):
    """Of a matrix's report what the page needs. Raises Trouble."""
    try:
        report = json.loads(pathlib.Path(file).read_text(encoding="utf-8"))
        ids = [deviation["id"] for deviation in report["catalogue"]["deviations"]]
        return {
            "kernels": [
                {name: kernel.get(name) for name in OF_KERNEL}
                | {
                    "deviations": {
                        id: kernel["cells"][id]["state"] for id in ids if kernel["cells"][id]["state"] in SEEN
                    }
                }
                for kernel in report["kernels"]
                if kernel["status"] == "judged"
            ]
        }
    except (OSError, ValueError, KeyError, TypeError) as trouble:
        raise Trouble(f"{file}: not the report.json of a matrix: {trouble!r}") from None


def seen(deviation, matrix):
    """What the kernels of the matrix did: "seen on 6.1, 6.12; not there on 7.3"; or ""."""
    return "; ".join(
        f"{words} " + ", ".join(labels)
        for state, words in SEEN.items()
        if (
            labels := [
                plain(kernel["label"])
                for kernel in matrix["kernels"]
                if kernel["deviations"].get(deviation["id"]) == state
            ]
        )
    )


def smallest(cases, catalogue, plan):
    """The options that select the first planned result of the first of these cases."""
    entries = {case["name"]: case["entry"] for case in catalogue["cases"]}
    entry = "--entry guest-only " if entries[cases[0]] == "guest-only" else ""
    return entry + "-t " + next(name for name in plan if name.split(".")[0] == cases[0])


def section(deviation, catalogue, matrix, plan):
    """The lines about one deviation."""
    requirement = {row["id"]: row for row in catalogue["requirements"]}[deviation["requirement"]]
    cases = catalogues.cases_of(deviation, catalogue)
    yield f"### {deviation['id']}"
    yield ""
    yield f"- **{requirement['standing'].capitalize()}** ({requirement['id']}): {plain(requirement['promise'])}"
    yield f"- **Instead**: {plain(deviation['how'])}"
    yield f"- **Kernels**: {deviation['range']}"
    if where := seen(deviation, matrix):
        yield f"- **Judged**: {where}"
    if deviation["fix"]:
        yield f"- **Fixed by**: {plain(deviation['fix'])}"
    yield f"- **Evidence**: {plain(deviation['evidence'])}"
    if cases:
        yield f"- **Run it**: `./run_tests.sh {smallest(cases, catalogue, plan)}`"
    else:
        yield "- **Run it**: no case shows it yet"
    yield ""


def lines(catalogue, matrix, plan):
    """The page. `plan`: the names of all results that there can be."""
    deviations = sorted(
        catalogue["deviations"],
        key=lambda one: (catalogues.release_key(one["kernels"][0]["from"]), one["id"]),
    )
    fixed = [one for one in deviations if one["kernels"][-1]["before"]]
    open_ones = [one for one in deviations if not one["kernels"][-1]["before"]]

    yield "# Deviations"
    yield ""
    yield "Where kernels do otherwise than `Documentation/networking/msg_zerocopy.rst` says, or than other kernels do,"
    yield "in the order of the first kernel that does. The suite asserts the promise: where a kernel of the range does"
    yield "exactly what is said here, that is an expected failure (`XFAIL`); where any other kernel does, a failure."
    yield ""
    yield "This page is made by `make docs` from the DEVIATIONs that stand above the cases in `conformance/`" + (
        " and from `matrix.json`: the kernels that were judged." if matrix["kernels"] else "."
    )
    yield ""
    yield from table(
        ("deviation", "of", "kernels", *(plain(kernel["label"]) for kernel in matrix["kernels"])),
        (
            (
                f"[{one['id']}](#{one['id']})",
                one["requirement"],
                one["range"],
                *(
                    {"deviates": "≠", "kept": "✓", "better": "↑", "broken": "✗"}.get(
                        kernel["deviations"].get(one["id"]), ""
                    )
                    for kernel in matrix["kernels"]
                ),
            )
            for one in open_ones + fixed
        ),
    )
    if matrix["kernels"]:
        yield "≠ seen there, ✓ not there, ↑ expected but not there, ✗ broken otherwise, empty: not judged."
        yield ""
        yield from table(
            ("kernel", "release", "package", "version", "judged"),
            (
                [plain(kernel[name] or "") for name in ("label", "release", "package", "version")]
                + [(kernel["date"] or "")[:10]]
                for kernel in matrix["kernels"]
            ),
        )
    for title, some in (("Not fixed", open_ones), ("Fixed", fixed)):
        yield f"## {title}"
        yield ""
        for deviation in some:
            yield from section(deviation, catalogue, matrix, plan)


def page():
    """The page as the program and docs/matrix.json make it."""
    matrix = json.loads(MATRIX.read_text()) if MATRIX.exists() else {"kernels": []}
    plan = catalogues.ask("--list", "--entry", "*").splitlines()
    return "\n".join(lines(catalogues.read(), matrix, plan)).rstrip("\n") + "\n"


def main(arguments):
    try:
        if len(arguments) > 1:
            raise Trouble("usage: python3 -m guest.deviations [REPORT]")
        if arguments:
            summary = summarise(arguments[0])
            MATRIX.write_text(json.dumps(summary, indent=1, ensure_ascii=False) + "\n")
        PAGE.write_text(page())
    except Trouble as trouble:
        print(f"deviations: {trouble}", file=sys.stderr)
        return trouble.status
    print(PAGE)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
