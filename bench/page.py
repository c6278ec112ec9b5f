# SPDX-License-Identifier: GPL-2.0
"""usage: page.py --page FILE [--kernel KERNEL] [OPTION of zerocopy_bench]...

What run_tests.sh --bench --page does: runs zerocopy_bench, here or in a guest, and writes what it measured as one
page with pictures, which needs no network.
"""

import argparse
import base64
import html
import json
import pathlib
import signal
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path[0] = str(TOP)

# The packages are found from the folder above, which is on the path only now.
# pylint: disable=wrong-import-position
from bench import plots
from guest import child

STYLE = TOP / "guest" / "page" / "page.css"
COLUMNS = ("size", "GB/s, copy", "flag", "CPU s/GB, copy", "flag", "ratio, sender", "both", "99 % within", "copied", "")


def row_cells(row, judged):
    """A size of a flow, in words."""
    one = row[judged]
    yield plots.size_text(row["size"])
    yield from (f"{row[half]['gb_per_second']['median']:.2f}" for half in ("copy", "flag"))
    yield from (f"{row[half]['cpu_seconds_per_gb']['median']:.3f}" for half in ("copy", "flag"))
    yield from (f"{row[which]['median']:.2f}" for which in ("ratio", "both_ratio"))
    yield f"{one['low']:.2f} to {one['high']:.2f}" + ("" if one["firm"] else " (too few pairs)")
    yield f"{100 * row['copied_share']:.1f} %"
    yield "noisy" if row["noisy"] else ""


def section(flow):
    """A flow: its picture and its table."""
    name = html.escape(flow["name"])
    about = html.escape(flow["summary"])
    if flow["segment"]:
        about += f", datagrams in segments of {flow['segment']} bytes"
    if flow["copied"]:
        about += "; <strong>every flagged send is copied after all</strong>"
    image = base64.b64encode(plots.picture(flow)).decode()
    yield f'<section><h2>{name}</h2><p class="about">{about}</p>'
    yield f'<img src="data:image/svg+xml;base64,{image}" alt="{name}: the table below, as a picture">'
    yield "<details><summary>numbers</summary><table><tr>"
    yield "".join(f"<th>{column}</th>" for column in COLUMNS)
    for row in flow["sizes"]:
        yield "</tr>\n<tr>" + "".join(f"<td>{cell}</td>" for cell in row_cells(row, flow["judged"]))
    yield "</tr></table></details></section>"


def page(results):
    """The whole page."""
    run, kernel = results["run"], results["kernel"]
    about = (
        f"Kernel {kernel['release']}, {kernel['machine']}, {run['processors']} processors; {run['started'][:16]}; "
        f"{run['rounds']} rounds of slices of {run['slice_ms']} ms; load average {run['load_average']:.1f}, "
        f"the sender waited for its processor {100 * run['waited_share']:.0f} % of the time"
    )
    if run["cut_short"]:
        about += "; " + run["cut_short"]
    yield '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Is MSG_ZEROCOPY worth it?</title>'
    yield f"<style>{STYLE.read_text()}"
    yield "img { width: 100%; background: white; } td, th { text-align: right; padding: .1rem .6rem; }"
    yield "#answer { font-size: 1.15rem; max-width: 60rem; }</style></head><body>"
    yield f'<h1>Is MSG_ZEROCOPY worth it?</h1><p id="summary">{html.escape(about)}</p>'
    yield f'<p id="answer">{html.escape(results["answer"])}</p>'
    yield "".join(f'<p class="about">{html.escape(line)}</p>' for line in results["missing"])
    yield (
        '<p class="about">Bars are intervals in which the median of all slices would lie, with a confidence of 99 %. '
        "The hatched range is that of the crossover. No verdict on the kernel comes of any of this.</p>"
    )
    for flow in results["flows"]:
        yield from section(flow)
    yield "</body></html>\n"


def measured(kernel, words, file):
    """The exit status of zerocopy_bench on that kernel (None: this one), which wrote its results to the file."""
    here = [TOP / "build" / "zerocopy_bench"]
    command = [sys.executable, TOP / "guest" / "bench.py", "--kernel", kernel] if kernel else here
    with child.start([*command, *words, "--json", file]) as process:
        # It ends with what it has.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda number, _: process.send_signal(number))
        status = process.wait()
    return status if status >= 0 else 128 - status


def main(arguments):
    parser = argparse.ArgumentParser(allow_abbrev=False, add_help=False)
    parser.add_argument("--page")
    parser.add_argument("--json")
    parser.add_argument("--kernel")
    words, rest = parser.parse_known_args(arguments)
    with tempfile.NamedTemporaryFile(suffix=".json") as temporary:
        file = words.json or temporary.name
        try:
            # That it can be written is known before anything is measured.
            with open(words.page, "a", encoding="utf-8"):
                pass
            status = measured(words.kernel, rest, file)
            # A guest that is interrupted leaves none.
            text = pathlib.Path(file).read_text(encoding="utf-8") if pathlib.Path(file).exists() else ""
            if text and json.loads(text)["flows"]:
                pathlib.Path(words.page).write_text("\n".join(page(json.loads(text))), encoding="utf-8")
            elif pathlib.Path(words.page).stat().st_size == 0:
                pathlib.Path(words.page).unlink()
        except OSError as trouble:
            why = f"'{trouble.filename}' cannot be written: {trouble.strerror}"
            print(f"zerocopy_bench: --page: {why}", file=sys.stderr)
            return 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
