#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
Makes a reproducer of each result that a selection plans, compiles it, runs it, and counts
those that answer as the suite did: 0 for what passes, 1 for what fails or deviates.

    scripts/reproducers.py [-j JOBS] [-o FOLDER] [--every N] [OPTION OF build/msg_zerocopy]...
    scripts/reproducers.py --deviations FOLDER [-j JOBS] [OPTION OF build/msg_zerocopy]...

The second form runs the cases that know a deviation, and writes FOLDER/DEVIATION.c for each that this
kernel shows: the shortest of the programs that exit with 1 here.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

TREE = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = os.environ.get("MSG_ZEROCOPY", str(TREE / "build" / "msg_zerocopy"))
COMPILE = ["cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-pthread"]
RESULT = re.compile(r"^(not )?ok \d+ (\S+) # ?(SKIP|XFAIL|XPASS|broken)?", re.MULTILINE)
LONGEST_DEVIATION = 150


def run(*command, seconds=60):
    """Exit status and output; a status of None is a program that does not end."""
    try:
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None, f"does not end within {seconds} s"
    return done.returncode, done.stdout


def reproduce(name, folder):
    """(what became of it, one line)."""
    source, binary = folder / f"{name}.c", folder / name
    _, output = run(PROGRAM, "--reproducer", name, str(source))
    result = RESULT.search(output)
    if not result:
        return "no result", output.strip().splitlines()[-1]
    failed = bool(result.group(1)) or result.group(3) == "XFAIL"
    if result.group(3) == "SKIP":
        return "skipped", output[result.end() :].splitlines()[0].strip()
    cannot = re.search(r"no reproducer of \S+: (.*)", output)
    if cannot:
        return "says why not", cannot.group(1)
    status, output = run(*COMPILE, str(source), "-o", str(binary))
    if status != 0:
        return "does not compile", next((line for line in output.splitlines() if "error" in line), output[:200])
    lines = len(source.read_text().splitlines())
    status, output = run(str(binary))
    if status != (1 if failed else 0):
        return "answers otherwise", f"{status} where the suite has {'failed' if failed else 'ok'}: " + "; ".join(
            line.strip() for line in output.strip().splitlines()
        )
    binary.unlink()
    if failed and lines > LONGEST_DEVIATION:
        return "answers as the suite", f"but has {lines} lines"
    return "answers as the suite", ""


def deviating(selection):
    """The tests that show each deviation on this kernel: {"zero-length-datagram-counts": [name, ...]}."""
    catalogue = json.loads(run(PROGRAM, "--catalogue=json")[1])
    deviation_of = {case["name"]: case["deviation"] for case in catalogue["cases"] if case.get("deviation")}
    if "-t" not in selection:
        selection = [*selection, *(word for case in deviation_of for word in ("-t", f"{case}.*"))]
    _, output = run(PROGRAM, *selection, seconds=3600)
    tests = collections.defaultdict(list)
    for result in RESULT.finditer(output):
        if result.group(3) == "XFAIL":
            tests[deviation_of[result.group(2).split(".")[0]]].append(result.group(2))
    return dict(sorted(tests.items()))


def renamed(source, name):
    """The text of a program that is to be in a file of that name, which has room in the line on how to build it."""
    text = re.sub(r"(\* Build: cc .*-pthread) \\\n \*\s+", r"\1 ", source.read_text())
    return text.replace(f" {source.name} -o ", f" {name} -o ")


def write_deviations(folder, jobs, selection):
    """A program of each deviation, the shortest that shows it. Returns an exit status."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = 0
    with tempfile.TemporaryDirectory() as temporary, concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for deviation, names in deviating(selection).items():
            sources, reasons = [], []
            results = pool.map(lambda name: reproduce(name, pathlib.Path(temporary)), names)
            for name, (became, line) in zip(names, results):
                if became == "answers as the suite":
                    sources.append(pathlib.Path(temporary) / f"{name}.c")
                else:
                    reasons.append(f"{became}: {line}")
            if not sources:
                missing += 1
                print(f"{deviation}: {reasons[0]}", flush=True)
                continue
            target = folder / f"{deviation}.c"
            texts = [renamed(source, target.name) for source in sources]
            shortest = min(texts, key=lambda text: text.count("\n"))
            target.write_text(shortest)
            length = shortest.count("\n")
            missing += length > LONGEST_DEVIATION
            remark = f", more than {LONGEST_DEVIATION}" if length > LONGEST_DEVIATION else ""
            print(f"{deviation}: {length} lines{remark}, of {sources[texts.index(shortest)].stem}", flush=True)
    return 1 if missing else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count())
    parser.add_argument("-o", "--output", type=pathlib.Path, help="keep the programs in this folder")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only the first, and each Nth after it")
    parser.add_argument("--deviations", type=pathlib.Path, metavar="FOLDER", help="see above")
    options, selection = parser.parse_known_args()
    if options.deviations:
        return write_deviations(options.deviations, options.jobs, selection)
    listed = subprocess.run([PROGRAM, "--list", *selection], stdout=subprocess.PIPE, text=True, check=False)
    if listed.returncode:
        return listed.returncode
    names = listed.stdout.split()[:: options.every]
    counts, reasons = collections.Counter(), collections.Counter()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.output or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            for name, (became, line) in zip(names, pool.map(lambda each: reproduce(each, folder), names)):
                counts[became] += 1
                if became == "says why not":
                    reasons[line] += 1
                if line:
                    print(f"{name}: {became}: {line}", flush=True)
    judged = len(names) - counts["skipped"]
    print(f"\n{len(names)} results, {judged} of them judged")
    for became, count in counts.most_common():
        share = f"  {100 * count / judged:5.1f} %" if became != "skipped" and judged else ""
        print(f"{count:6} {became}{share}")
    for reason, count in reasons.most_common():
        print(f"{count:6} say: {reason}")
    return 0 if counts["does not compile"] + counts["answers otherwise"] + counts["no result"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
