# SPDX-License-Identifier: GPL-2.0
"""Several kernels judged, one TAP line each, and the report of them all."""

import concurrent.futures
import contextlib
import functools
import importlib
import importlib.util
import multiprocessing
import os
import re
from itertools import repeat

from guest import child, judge, kernels
from guest import results as folders
from guest.trouble import FAILED, UNAVAILABLE, say

# One of each that Debian 12 and what comes after it run, and the running kernel.
DEFAULT = ["6.1", "6.12", "6.18", "7.1", "7.2", "7.3", kernels.RUNNING]
# A guest has two processors: more than ours would spend their time waiting for each other.
AT_ONCE = min(2, max(1, (os.cpu_count() or 1) // 2))


def _judged(name, options, results):
    one = judge.running if name == kernels.RUNNING else functools.partial(judge.kernel, name)
    try:
        return one(options, results)
    except SystemExit as end:
        # A signal's. The pool would take it for a result, and begin with the next kernel.
        return os._exit(end.code)  # pylint: disable=protected-access


def _totals(verdict, results):
    """What the run said of itself last."""
    text = (results / verdict.label / "run.tap").read_text(errors="replace")
    found = re.findall(r"^# Totals: (.*)$", text, re.MULTILINE)
    return found[-1] if found else verdict.reason


def _line(number, verdict, results):
    if verdict.status == "unavailable":
        # No such kernel can be had, or what was named is none.
        if verdict.exit == UNAVAILABLE:
            return f"ok {number} {verdict.label} # SKIP {verdict.reason}"
        return f"not ok {number} {verdict.label} # broken: {verdict.reason}"
    word = "ok" if verdict.exit in (0, UNAVAILABLE) else "not ok"
    told = _totals(verdict, results)
    if verdict.status != "judged":
        told = f"{verdict.status}: {verdict.reason}"
    return f"{word} {number} {verdict.label} # {told} ({verdict.seconds:.0f} s)"


@contextlib.contextmanager
def _workers():
    """Processes, which a signal ends with their guests, as it does this one."""
    # SIGKILL where this one is gone: they would end their guests on SIGTERM, and wait for more work.
    parent = os.getpid()
    pool = concurrent.futures.ProcessPoolExecutor(
        AT_ONCE,
        mp_context=multiprocessing.get_context("fork"),
        initializer=child.die_with,
        initargs=(parent,),
    )
    try:
        yield pool
    except BaseException:
        for worker in multiprocessing.active_children():
            worker.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def run(names, options, results):
    """
    Judge the kernels by these names, and write the report. Returns the exit status: 0
    where all that were judged keep their promises, 1 where one does not, ended before its
    verdict or is no kernel, 4 where none could be judged.
    """
    names = names or DEFAULT
    folders.empty(results)
    folders.prepare(results)
    print(f"TAP version 13\n1..{len(names)}", flush=True)
    verdicts = []
    with _workers() as pool:
        # The report shows what was seen of each deviation.
        for verdict in pool.map(_judged, names, repeat(["--deviations", *options]), repeat(results)):
            verdicts.append(verdict)
            print(_line(len(verdicts), verdict, results), flush=True)
    if importlib.util.find_spec("guest.report"):
        report = importlib.import_module("guest.report")
        report.write(report.of_folder(results), results)
        say(f"the report: {results}/report.html")
    if all(verdict.exit == UNAVAILABLE for verdict in verdicts):
        return UNAVAILABLE
    return FAILED if any(verdict.exit not in (0, UNAVAILABLE) for verdict in verdicts) else 0
