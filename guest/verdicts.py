# SPDX-License-Identifier: GPL-2.0
"""From the results of several kernels to states: what became of which promise where.

Judges nothing again: a state is the gravest of the verdicts that msg_zerocopy gave.
"""

import json
import pathlib
import re

from guest import axes, findings, tap_reader
from guest.catalogue import rows
from guest.trouble import Trouble

# Of a cell, the gravest first.
STATES = ("broken", "back", "changed", "set-up-broken", "deviates", "better", "kept", "not-judged", "no-case")
STATE_OF = {
    "fail": "broken",
    "broken": "set-up-broken",
    "xfail": "deviates",
    "xpass": "better",
    "pass": "kept",
    "skip": "not-judged",
}
GLYPHS = dict(zip(STATES, "✗↺Δ!≠↑✓–·"))
WORDS = {
    "broken": "breaks a promise",
    "back": "a past bug is back",
    "changed": "an observation changed",
    "set-up-broken": "could not be set up",
    "deviates": "deviates as catalogued",
    "better": "better than catalogued",
    "kept": "kept",
    "not-judged": "not judged",
    "no-case": "no case",
}
# As harness/worker.cc:requirements() has it.
CHARGED = re.compile(r"fails  (ZC-\w+-\d+), ")
# How much of a kernel's console is worth showing where it came to no verdict.
CONSOLE_LINES = 60


def as_data(result):
    """A line of TAP, as every report has it."""
    return {
        "name": result.name,
        "verdict": result.verdict,
        "reason": result.reason,
        "milliseconds": result.milliseconds,
        # A promise kept needs no more evidence; a verbose run has ten times as much.
        "diagnostics": [] if result.verdict == "pass" else result.diagnostics,
    }


def read_kernels(folder):
    """Every kernel of a results folder, oldest release first, and of those that are alike by architecture and pages."""
    folder = pathlib.Path(folder)
    kernels = [read_kernel(file.parent) for file in sorted(folder.glob("*/kernel.json"))]
    if not kernels:
        raise Trouble(f"{folder}: no kernel's results (no */kernel.json)")
    return sorted(kernels, key=axes.order)


def nothing_read():
    """What a kernel has of runs before one was read, see add_run()."""
    return {
        "results": [],
        "findings": [],
        "unnamed": False,  # some run failed, and did not come to its verdict
        "known": [],
        "machine": [],
        "planned": 0,
        "suite": "",
        "page_size": 0,
    }


def add_run(kernel, report):
    """What the TAP of a run says of its kernel."""
    kernel["planned"] += max(report.planned, 0)
    kernel["suite"] = report.version
    kernel["page_size"] = report.page_size or kernel["page_size"]
    found = findings.read(report.comments)
    kernel["findings"] += found
    kernel["unnamed"] |= bool(report.by("fail")) and not found
    kernel["known"] += findings.read_known(report.comments)
    kernel["machine"] = list(dict.fromkeys(kernel["machine"] + findings.read_machine(report.comments)))
    kernel["results"] += map(as_data, report.results)


def read_kernel(folder):
    """kernel.json, and the results that run.tap has up to where it ends."""
    file = folder / "kernel.json"
    try:
        kernel = json.loads(file.read_text())
        kernel.setdefault("release", "")
        absent = {"label", "status"} - set(kernel)
    except (ValueError, AttributeError) as trouble:
        raise Trouble(f"{file}: not a kernel's results: {trouble!r}") from None
    if absent:
        raise Trouble(f"{file}: not a kernel's results: it lacks {' and '.join(sorted(absent))}")
    kernel |= nothing_read()
    file = folder / "run.tap"
    # A kernel that died in the middle of a line.
    text = file.read_text(errors="replace") if file.exists() else ""
    text = text[: text.rfind("\n") + 1]
    if text:
        try:
            report = tap_reader.read(text)
        except ValueError as trouble:
            raise Trouble(f"{file}: {trouble}") from None
        add_run(kernel, report)
    console = folder / "console.log"
    kernel["console"] = ""
    if kernel["status"] != "judged" and console.exists():
        lines = console.read_text(errors="replace").splitlines()
        kernel["console"] = "\n".join(lines[-CONSOLE_LINES:])
    return kernel


def case_of(result):
    return result["name"].split(".", 1)[0]


def charged_to(result):
    """The requirement that a failure broke, where it is not all of the case's own; or None."""
    for line in result["diagnostics"] if result["verdict"] == "fail" else ():
        if match := CHARGED.match(line):
            return match[1]
    return None


def named_by_the_verdict(kernel):
    """The requirements that the verdict says are broken; None where there is no verdict on every failure."""
    if kernel["unnamed"] or not kernel["findings"]:
        return None
    return {name for found in kernel["findings"] for name in (found["requirement"], *dict(found["followers"]))}


def counts_for(result, row, named):
    """A case that stopped at the deviation of one promise, or at one of every case, says nothing of its others."""
    if charge := charged_to(result):
        return charge == row["id"]
    if result["verdict"] == "fail" and named is not None:
        return row["id"] in named
    # What the user expected to fail (--known) names no requirement.
    of_catalogue = result["verdict"] == "xfail" and result["reason"].startswith("ZC-")
    return not of_catalogue or row["id"] in result["reason"].split()


def cell(row, by_case, by_charge, unfinished, kernel):
    """The state of a row on a kernel, and why where that takes words."""
    named = named_by_the_verdict(kernel)
    if named and row["id"] in named:
        return {"state": row["otherwise"], "reason": ""}
    if not row["cases"]:
        return {"state": "no-case", "reason": row.get("uncovered", "")}
    results = [result for case in row["cases"] for result in by_case.get(case, ())]
    results += [result for result in by_charge.get(row["id"], ()) if case_of(result) not in row["cases"]]
    if not results:
        cut = unfinished or kernel["status"] != "judged"
        reason = why_cut(kernel) if cut else "its cases were not selected"
        return {"state": "not-judged", "reason": reason}
    telling = [result for result in results if counts_for(result, row, named)]
    if not telling and any(result["verdict"] == "fail" for result in results):
        return {"state": "not-judged", "reason": "something else failed in its cases"}
    telling = telling or results
    found = min((STATE_OF[result["verdict"]] for result in telling), key=STATES.index)
    # Only a promise can be broken.
    state = row.get("otherwise", found) if found == "broken" else found
    if state in ("kept", "better") and unfinished.intersection(row["cases"]):
        return {"state": "not-judged", "reason": why_cut(kernel)}
    reasons = {result["reason"] for result in telling if STATE_OF[result["verdict"]] == found and result["reason"]}
    return {"state": state, "reason": "; ".join(sorted(reasons))}


def why_cut(kernel):
    return kernel.get("reason") or "the run ended before"


def unfinished_cases(kernel, catalogue):
    """Where a run was cut short: the cases whose results are not, or may not be, all there."""
    results = kernel["results"]
    if len(results) >= kernel["planned"]:
        return set()
    finished = {case_of(result) for result in results[:-1]} - {case_of(results[-1])} if results else set()
    return {case["name"] for case in catalogue["cases"]} - finished


def judge(kernel, catalogue):
    """Add to a kernel the states of all rows, its totals, and its verdict in words."""
    by_case = {}
    by_charge = {}
    for result in kernel["results"]:
        by_case.setdefault(case_of(result), []).append(result)
        by_charge.setdefault(charged_to(result), []).append(result)
    unfinished = unfinished_cases(kernel, catalogue)
    kernel["cells"] = {row["id"]: cell(row, by_case, by_charge, unfinished, kernel) for row in rows(catalogue)}
    kernel["totals"] = dict.fromkeys(STATES, 0)
    for requirement in catalogue["requirements"]:
        kernel["totals"][kernel["cells"][requirement["id"]]["state"]] += 1
    state, text = verdict(kernel, catalogue)
    kernel["verdict"] = {"state": state, "text": text}


def number_of(count, thing):
    return f"{count} {thing}" + ("" if count == 1 else "s")


def tally(cells, catalogue):
    """How many requirements of each standing were judged: "2 promises, 1 observation"."""
    judged = [
        requirement["standing"]
        for requirement in catalogue["requirements"]
        if cells[requirement["id"]]["state"] in ("kept", "deviates", "better")
    ]
    things = {"promised": "promise", "past bug": "past bug", "observed": "observation"}
    return ", ".join(number_of(judged.count(name), thing) for name, thing in things.items() if name in judged)


def verdict(kernel, catalogue):
    """(state, words) of the whole kernel."""
    totals = kernel["totals"]
    status = kernel["status"]
    reason = kernel.get("reason") or "no reason given"
    if status in ("crashed", "hung"):
        return "broken", f"{status}: {reason}"
    if status != "judged":
        return "not-judged", f"{status.replace('-', ' ')}: {reason}"
    failed = {
        "broken": f"breaks {number_of(totals['broken'], 'promise')}",
        "back": f"has {number_of(totals['back'], 'past bug')} back",
        "changed": f"changes {number_of(totals['changed'], 'observation')}",
    }
    if seen := [state for state in failed if totals[state]]:
        return seen[0], ", ".join(failed[state] for state in seen)
    if totals["set-up-broken"]:
        text = f"no verdict: {number_of(totals['set-up-broken'], 'requirement')} could not be set up"
        return "set-up-broken", text
    if kernel.get("exit") not in (0, 4, None):
        return "broken", kernel.get("reason") or f"exit status {kernel['exit']}"
    if not totals["kept"] + totals["deviates"] + totals["better"]:
        return "not-judged", f"nothing judged: {reason}"
    deviations = sum(kernel["cells"][deviation["id"]]["state"] == "deviates" for deviation in catalogue["deviations"])
    known = f" but for {number_of(deviations, 'known deviation')}" if deviations else ""
    return "kept", f"keeps the promises{known}: {tally(kernel['cells'], catalogue)} judged"
