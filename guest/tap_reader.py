# SPDX-License-Identifier: GPL-2.0
"""A reader of the TAP that msg_zerocopy prints."""

import dataclasses
import re

RESULT = re.compile(r"(?P<ok>ok|not ok) (?P<number>\d+)(?: -)?(?: (?P<name>[^#]*[^# ]))?(?: # (?P<directive>.*))?")
# What a run says of itself before its first result.
HEAD = re.compile(r"msg_zerocopy \S+$|kernel \S+ |the kernel's log ")
PAGE_SIZE = re.compile(r"kernel \S+ \S+, page size (\d+)")
TIME = re.compile(r" ?\btime=(\d+)ms$")


@dataclasses.dataclass
class Result:
    """One line of the plan's: its name, its verdict, and the comments before it."""

    name: str
    ok: bool
    directive: str
    diagnostics: list

    @property
    def verdict(self):
        """pass, fail, skip, xfail, xpass or broken."""
        first = self.directive.split(" ", 1)[0]
        if first in ("SKIP", "XFAIL", "XPASS"):
            return first.lower()
        if first == "broken:":
            return "broken"
        return "pass" if self.ok else "fail"

    @property
    def milliseconds(self):
        """How long it took; None where it did not run."""
        match = TIME.search(self.directive)
        return int(match[1]) if match else None

    @property
    def reason(self):
        """What is missing, which deviation, what could not be set up; or ""."""
        text = TIME.sub("", self.directive)
        if self.verdict in ("pass", "fail"):
            return text
        return text.partition(" ")[2]


@dataclasses.dataclass
class Report:
    """A run as far as it came: what it planned, its results, and all comments in their order."""

    planned: int
    results: list
    comments: list

    @property
    def version(self):
        """Of the suite that said it; "" where that is older than its first release."""
        words = (self.comments or [""])[0].split(" ")
        return words[1] if words[0] == "msg_zerocopy" and len(words) == 2 else ""

    @property
    def page_size(self):
        """Of the kernel, in bytes; 0 where the run does not say it."""
        return next((int(match[1]) for line in self.comments if (match := PAGE_SIZE.match(line))), 0)

    def by(self, verdict):
        return [result.name for result in self.results if result.verdict == verdict]


def read(text):
    """Parse one run. Raises ValueError on a line that is none of TAP's."""
    lines = text.splitlines()
    if not lines or lines[0] != "TAP version 13":
        raise ValueError("does not start with 'TAP version 13'")
    report = Report(-1, [], [])
    comments = []
    for line in lines[1:]:
        if line.startswith("1.."):
            report.planned = int(line[3:].split(" ", 1)[0])
        elif line.startswith("#"):
            report.comments.append(line[2:])
            if report.results or comments or not HEAD.match(line[2:]):
                comments.append(line[2:])
        elif match := RESULT.fullmatch(line):
            report.results.append(Result(match["name"] or "", match["ok"] == "ok", match["directive"] or "", comments))
            comments = []
        elif not line.startswith("Bail out!"):
            raise ValueError(f"not a line of TAP: {line!r}")
    return report
