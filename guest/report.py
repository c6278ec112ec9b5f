# SPDX-License-Identifier: GPL-2.0
"""usage: python3 -m guest.report RESULTS OUTPUT

Writes what the kernels of the folder RESULTS did with the promises of MSG_ZEROCOPY
to the folder OUTPUT: report.html (one page, needs no network), report.md and
report.json.

RESULTS has a folder for each kernel, with kernel.json, run.tap and console.log.
"""

import datetime
import json
import pathlib
import re
import sys

from guest import axes, verdicts
from guest import catalogue as catalogues
from guest.markdown import plain, table
from guest.trouble import FAILED, Trouble

# The page's parts; its scripts in the order in which they build on each other.
PAGE = pathlib.Path(__file__).resolve().parent / "page"
SCRIPTS = ("data.js", "tables.js", "filters.js", "keyboard.js", "evidence.js", "main.js")


def make(kernels, catalogue, compared=()):
    """The whole report as data; every other form of it is made of this. compared: see compare.comparison()."""
    for kernel in kernels:
        verdicts.judge(kernel, catalogue)
    verdict_of = {state: verdict for verdict, state in verdicts.STATE_OF.items()}
    return {
        "suite": ", ".join(sorted({kernel["suite"] for kernel in kernels if kernel["suite"]})) or "unknown",
        "made": datetime.datetime.now().astimezone().isoformat(timespec="minutes"),
        "summary": summary(kernels),
        "states": [
            {
                "name": state,
                "glyph": verdicts.GLYPHS[state],
                "words": verdicts.WORDS[state],
                "verdict": verdict_of.get(state),
            }
            for state in verdicts.STATES
        ],
        "catalogue": catalogue,
        "kernels": kernels,
        "differences": axes.differences(kernels, catalogue),
        "compared": list(compared),
    }


def summary(kernels):
    """The verdicts counted, in one sentence."""
    count = {}
    for kernel in kernels:
        count[kernel["verdict"]["state"]] = count.get(kernel["verdict"]["state"], 0) + 1
    keep = "keeps" if count.get("kept") == 1 else "keep"
    words = {
        "kept": "{} " + keep + " the promises but for known deviations",
        "broken": "{} broken",
        "back": "{} with past bugs back",
        "changed": "{} changed where nothing is promised",
        "set-up-broken": "{} without a verdict",
        "not-judged": "{} not judged",
    }
    parts = [text.format(count[state]) for state, text in words.items() if state in count]
    return f"{verdicts.number_of(len(kernels), 'kernel')}: " + ", ".join(parts)


def to_html(report):
    """One page. The data cannot end the element that holds it: it has no '<'."""
    parts = {
        "style": (PAGE / "page.css").read_text(),
        "script": "\n".join((PAGE / name).read_text() for name in SCRIPTS),
        "data": json.dumps(report, ensure_ascii=False).replace("<", "\\u003c"),
    }
    page = (PAGE / "page.html").read_text()
    return re.sub("@(style|script|data)@", lambda match: parts[match[1]], page)


def glyphs(row, kernels):
    return [verdicts.GLYPHS[kernel["cells"][row["id"]]["state"]] for kernel in kernels]


def broken_results(report):
    """(kernel, result) of everything that failed."""
    for kernel in report["kernels"]:
        for result in kernel["results"]:
            if result["verdict"] in ("fail", "broken"):
                yield kernel, result


def markdown_lines(report):
    """The lines of report.md."""
    kernels = report["kernels"]
    catalogue = report["catalogue"]
    labels = [plain(kernel["label"]) for kernel in kernels]

    yield "# MSG_ZEROCOPY, kernel by kernel"
    yield ""
    yield f"{report['summary']}. Made {report['made']}, msg_zerocopy {plain(report['suite'])}."
    yield ""
    yield ", ".join(f"{state['glyph']} {state['words']}" for state in report["states"])
    yield ""
    yield from table(
        ("kernel", "machine", "pages", "release", "package", "seconds", "verdict"),
        (
            (
                plain(kernel["label"]),
                plain(kernel.get("arch") or ""),
                axes.pages(kernel),
                plain(kernel["release"] or ""),
                plain(f"{kernel.get('package') or ''} {kernel.get('version') or ''}"),
                f"{kernel.get('seconds') or 0:.0f}",
                f"{verdicts.GLYPHS[kernel['verdict']['state']]} " + plain(kernel["verdict"]["text"]),
            )
            for kernel in kernels
        ),
    )
    if report["differences"]:
        yield "## What differs by architecture or page size"
        yield ""
        yield from table(
            ("", "of", "differs by", "kernels"),
            (
                (
                    one["row"],
                    one["version"],
                    " or ".join(one["by"]) or "neither alone",
                    ", ".join(f"{plain(label)} {verdicts.GLYPHS[state]}" for label, state in one["states"].items()),
                )
                for one in report["differences"]
            ),
        )
    for kernel in kernels:
        if kernel["findings"]:
            yield f"## What is wrong with {plain(kernel['label'])}"
            yield ""
            for finding in kernel["findings"]:
                yield from ("    " + line for line in finding["text"])
                yield ""
        if kernel["known"]:
            yield f"## Known deviations of {plain(kernel['label'])}"
            yield ""
            yield from table(
                ("requirement", "deviation", "fix"),
                ((one["requirement"], one["id"], plain(one["remedy"])) for one in kernel["known"]),
            )
        if kernel["machine"]:
            yield f"## What the machine of {plain(kernel['label'])} does to data that is sent"
            yield ""
            yield from (f"- {plain(line)}" for line in kernel["machine"])
            yield ""
    for number, (kernel, result) in enumerate(broken_results(report)):
        if number == 0:
            yield "## Broken"
            yield ""
        yield f"### {plain(result['name'])} on {plain(kernel['label'])}"
        yield ""
        # Indented: no text can end it.
        yield from ("    " + line for line in [result["reason"], *result["diagnostics"]] if line)
        yield ""
    for one in report["compared"]:
        yield f"## What changed from {plain(one['from'])} to {plain(one['to'])}"
        yield ""
        if one["cut_short"]:
            yield f"Cut short: {plain(one['cut_short'])}"
            yield ""
        yield from table(
            ("", "from", "to", "test"),
            ((change["kind"], change["from"] or "", change["to"] or "", change["name"]) for change in one["changes"]),
        )
    yield "## Deviations"
    yield ""
    yield from table(
        ("deviation", "of", "kernels", *labels),
        (
            (deviation["id"], deviation["requirement"], deviation["range"], *glyphs(deviation, kernels))
            for deviation in catalogue["deviations"]
        ),
    )
    for chapter in catalogue["chapters"]:
        yield f"## {plain(chapter['title'])}"
        yield ""
        yield from table(
            ("requirement", "promise", *labels),
            (
                (row["id"], plain(row["promise"]), *glyphs(row, kernels))
                for row in catalogue["requirements"]
                if row["chapter"] == chapter["name"]
            ),
        )


def of_folder(folder):
    """The report of a results folder. Raises Trouble, of one line, where that cannot be read."""
    return make(verdicts.read_kernels(folder), catalogues.read())


def write(report, output_folder):
    output = pathlib.Path(output_folder)
    output.mkdir(parents=True, exist_ok=True)
    (output / "report.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    (output / "report.md").write_text("\n".join(markdown_lines(report)))
    (output / "report.html").write_text(to_html(report))


def main(arguments):
    try:
        if len(arguments) != 2:
            raise Trouble("usage: python3 -m guest.report RESULTS OUTPUT")
        write(of_folder(arguments[0]), arguments[1])
    except (Trouble, OSError) as trouble:
        print(f"report: {trouble}", file=sys.stderr)
        return FAILED
    print(pathlib.Path(arguments[1]) / "report.html")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
