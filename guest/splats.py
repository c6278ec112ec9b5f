# SPDX-License-Identifier: GPL-2.0
"""Faults that a kernel reports of itself, in its console log."""

import re

TIMESTAMP = re.compile(r"^\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? ")
# How a report begins: kernel/panic.c, lib/bug.c, mm/kasan, kernel/hung_task.c, ...
FIRST = re.compile(
    r"WARNING: |BUG: |\[ BUG: |kernel BUG at |Oops|Internal error: |Unable to handle kernel |general protection fault"
    r"|refcount_t: |UBSAN: |list_(add|del) corruption|usercopy: Kernel memory |skbuff: skb_(over|under)_panic"
    r"|INFO: task |Kernel panic|unregister_netdevice: waiting for|watchdog: BUG: |rcu: INFO: "
)
# An overloaded host makes a guest say these.
EXCUSED = re.compile(r"(watchdog: )?BUG: (soft lockup|workqueue lockup)|rcu: INFO: ")
# QEMU before 8.1 may translate code while another processor patches it, and keep what it
# read: the breakpoint that the kernel had there for a moment (accel/tcg/translate-all.c:
# tb_gen_code, "accel/tcg: Always lock pages before translation").
EMULATORS = re.compile(r"Oops: int3: ")
END = re.compile(r"---\[ end ")
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
        if FIRST.match(message):
            open_report = [message]
            reports.append(open_report)
        elif open_report is not None:
            open_report.append(message)
        if open_report is not None and (END.match(message) or len(open_report) == MOST_LINES):
            open_report = None
    texts = ["\n".join(report).strip() for report in reports]
    return [t for t in texts if not EXCUSED.match(t)], [t for t in texts if EXCUSED.match(t)]


def emulators(console):
    """Is the first fault an emulator's, not the kernel's?"""
    faults, _ = find(console)
    return bool(faults) and bool(EMULATORS.match(faults[0]))
