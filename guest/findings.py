# SPDX-License-Identifier: GPL-2.0
"""What the verdict of a run says is wrong with the kernel. The program groups; this reads."""

import re

# As harness/report.cc:print_finding() has it.
FIRST = re.compile(r"  (ZC-\w+-\d+) (broken|back|changed): (\d+) results? of (\d+) cases?: ")
REST = "    "
SMALLEST = REST + "smallest: "
FOLLOWERS = REST + "to be judged again "
FOLLOWER = re.compile(r"(ZC-\w+-\d+) (?:broken |back |changed )?\((\d+) results?\)")  # bare in older files
MACHINE = "machine: "
KNOWN = re.compile(r"  (ZC-\w+-\d+) ([a-z0-9_-]+): (.*)")


def read(comments):
    """The findings in the order of the verdict, from the comments of a run's TAP."""
    found = []
    for line in comments:
        if match := FIRST.match(line):
            found.append(
                {
                    "requirement": match[1],
                    "otherwise": match[2],
                    "results": int(match[3]),
                    "cases": int(match[4]),
                    "sight": "",
                    "where": "",
                    "command": "",
                    "followers": [],
                    "text": [line.strip()],
                }
            )
        elif KNOWN.match(line):
            break
        elif found and line.startswith(REST):
            _take(found[-1], line)
    return found


def read_known(comments):
    """The known deviations of the kernel, each with what ends it."""
    known = []
    for line in comments:
        if FIRST.match(line):
            known = []  # they come behind
        elif match := KNOWN.match(line):
            known.append({"requirement": match[1], "id": match[2], "how": match[3], "remedy": ""})
        elif known and line.startswith(REST):
            known[-1]["remedy"] = line.strip()
    return known


def read_machine(comments):
    """What the machine does to data that is sent, once each: every failure says it, too."""
    lines = [line.removeprefix(MACHINE) for line in comments if line.startswith(MACHINE)]
    return list(dict.fromkeys(lines))


def _take(finding, line):
    """A line that explains a finding."""
    finding["text"].append(line)
    if line.startswith(SMALLEST):
        finding["command"] = line.removeprefix(SMALLEST)
    elif line.startswith(FOLLOWERS):
        finding["followers"] = [[name, int(count)] for name, count in FOLLOWER.findall(line)]
    elif not finding["sight"]:
        finding["sight"] = line.strip()
    else:
        finding["where"] = line.strip()
