# SPDX-License-Identifier: GPL-2.0
"""Faults that a kernel reports of itself, in its console log."""

import pathlib
import re

TIMESTAMP = re.compile(r"^\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? ")
# How messages of faults begin, by the kind of message: the program knows them by the same file.
LIST = pathlib.Path(__file__).resolve().parent.parent / "src" / "harness" / "faults.def"
ENTRY = re.compile(r'^(REPORT|LINE|EXCUSED|END)\("(.*)"\)$', re.MULTILINE)


def _beginnings(*kinds):
    entries = ENTRY.findall(LIST.read_text(encoding="utf-8"))
    return tuple(words for kind, words in entries if kind in kinds)


FIRST = _beginnings("REPORT", "LINE", "EXCUSED")
LINE = _beginnings("LINE")
EXCUSED = _beginnings("EXCUSED")
END = _beginnings("END")
# QEMU before 8.1 may translate code while another processor patches it, and keep what it
# read: the breakpoint that the kernel had there for a moment (accel/tcg/translate-all.c:
# tb_gen_code, "accel/tcg: Always lock pages before translation").
EMULATORS = re.compile(r"Oops: int3: ")
MOST_LINES = 60


def lines_of(console):
    return console.decode(errors="replace").replace("\r", "").split("\n")


def find(console):
    """
    (faults, excused): the reports in a console log (bytes), each a text. A report goes
    from its first line to its end mark, the next report, or sixty lines.
    """
    reports, open_report = [], None
    for line in lines_of(console):
        message = TIMESTAMP.sub("", line)
        if message.startswith(FIRST):
            open_report = [message]
            reports.append(open_report)
        elif open_report is not None:
            open_report.append(message)
        if message.startswith(LINE + END) or (open_report is not None and len(open_report) == MOST_LINES):
            open_report = None
    texts = ["\n".join(report).strip() for report in reports]
    return [t for t in texts if not t.startswith(EXCUSED)], [t for t in texts if t.startswith(EXCUSED)]


def emulators(console):
    """Is the first fault an emulator's, not the kernel's?"""
    faults, _ = find(console)
    return bool(faults) and bool(EMULATORS.match(faults[0]))
