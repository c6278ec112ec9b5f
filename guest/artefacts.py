# SPDX-License-Identifier: GPL-2.0
"""Results of the suite in files from anywhere: its JSON, or its TAP, also within that of kselftest's runner."""

import json
import pathlib
import re

from guest import findings, tap_reader, verdicts
from guest.trouble import Trouble

VERSION = "TAP version 13"
# The runner of kselftest prints what its programs print behind "# ".
HEADER = re.compile(rf"((?:# )*){VERSION}")
# case.transport.path
NAME = re.compile(r"[a-z0-9_]+(\.[a-z0-9-]+){2}")
KERNEL = re.compile(r"kernel (?P<release>\S+) (?P<arch>\S+), page size ")
NOTHING_RUN = re.compile(r"^1\.\.0 # SKIP (.*)$", re.MULTILINE)
FORMAT = 1  # of the JSON


def _runs(text):
    """Each TAP in a text, without what stands before its lines."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if not (header := HEADER.fullmatch(line)):
            continue
        run = [VERSION]
        for following in lines[number + 1 :]:
            if following == line or not following.startswith(header[1].rstrip()):
                break
            run.append(following[len(header[1]) :])
        yield "\n".join(run)


def _is_ours(run):
    """Whether a TAP is of this suite: by the names of its results, or what it says before the first."""
    results = [match["name"] or "" for line in run.splitlines() if (match := tap_reader.RESULT.fullmatch(line))]
    if results:
        return all(map(NAME.fullmatch, results))
    return bool(KERNEL.search(run) or NOTHING_RUN.search(run))


def _from_tap(text):
    """A kernel of the TAP of one run, or of one for each entry. Raises ValueError where it is none."""
    # A machine that died in the middle of a line.
    runs = [run for run in _runs(text[: text.rfind("\n") + 1]) if _is_ours(run)]
    if not runs:
        raise ValueError("no TAP of msg_zerocopy")
    kernel = {"release": "", "arch": "", "reason": ""} | verdicts.nothing_read()
    for run in runs:
        report = tap_reader.read(run)
        kernel |= next((match.groupdict() for line in report.comments if (match := KERNEL.match(line))), {})
        verdicts.add_run(kernel, report)
        if match := NOTHING_RUN.search(run):
            kernel["reason"] = match[1]
        if len(report.results) < report.planned:
            bailed = re.search(r"^Bail out! ?(.*)$", run, re.MULTILINE)
            kernel |= {"status": "cut-short", "reason": bailed[1] if bailed else "the output ends before its plan"}
    return kernel


def _from_json(data):
    """A kernel of what --json wrote. Raises ValueError where it is none."""
    if not isinstance(data, dict) or data.get("suite", {}).get("name") != "msg_zerocopy":
        raise ValueError("no JSON of msg_zerocopy --json")
    if data["format"] != FORMAT:
        raise ValueError(f"format {data['format']}, where this release of the suite reads format {FORMAT}")
    results = [
        {
            "name": result["name"],
            "verdict": result["verdict"],
            "reason": result["reason"],
            "milliseconds": round(result["seconds"] * 1000) if "seconds" in result else None,
            "diagnostics": [] if result["verdict"] == "pass" else result["diagnostics"],
        }
        for result in data["results"]
        if result["verdict"] != "missed"
    ]
    kernel = verdicts.nothing_read() | {
        "release": data["kernel"]["release"],
        "arch": data["kernel"]["machine"],
        "page_size": data["run"]["page_size"],
        "suite": data["suite"]["version"],
        "planned": len(data["results"]),
        "results": results,
        "findings": findings.read("  " + line for one in data["findings"] for line in one["text"]),
        "machine": data["machine"],
        "reason": data["run"]["cut_short"],
    }
    return kernel | ({"status": "cut-short"} if len(results) < len(data["results"]) else {})


def read(path):
    """What became of the kernel of one file. Raises Trouble, of one line."""
    try:
        text = pathlib.Path(path).read_text(encoding="utf-8", errors="replace")
        kernel = _from_json(json.loads(text)) if text.lstrip().startswith("{") else _from_tap(text)
    except OSError as error:
        raise Trouble(f"{path}: {error.strerror}") from None
    except (KeyError, TypeError, AttributeError) as trouble:
        raise Trouble(f"{path}: not as msg_zerocopy --json writes it: {trouble!r}") from None
    except ValueError as trouble:
        raise Trouble(f"{path}: {trouble}") from None
    failed = any(result["verdict"] in ("fail", "broken") for result in kernel["results"])
    return {"status": "judged", "exit": int(failed), "console": "", "file": str(path)} | kernel


def _labels(kernels):
    """Names that tell them apart, without '/': by release, by file, by folder and file, or by number."""
    paths = [pathlib.Path(kernel["file"]) for kernel in kernels]
    for names in (
        [kernel["release"] for kernel in kernels],
        [path.stem for path in paths],
        [f"{path.absolute().parent.name}-{path.stem}" for path in paths],
    ):
        if all(names) and len(set(names)) == len(names):
            return names
    return [f"{kernel['release'] or 'kernel'} ({number})" for number, kernel in enumerate(kernels, 1)]


def read_all(paths):
    """The kernels of several files, each with a label of its own. Raises Trouble, a line for each file that is none."""
    kernels, complaints = [], []
    for path in paths:
        try:
            kernels.append(read(path))
        except Trouble as trouble:
            complaints.append(str(trouble))
    if complaints:
        raise Trouble("\nrun_tests.sh: ".join(complaints))
    return [kernel | {"label": label} for kernel, label in zip(kernels, _labels(kernels))]
