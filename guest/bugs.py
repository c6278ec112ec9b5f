# SPDX-License-Identifier: GPL-2.0
"""The bugs of broken_kernel/, as the headers of their patches describe them."""

import dataclasses
import pathlib
import re

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "broken_kernel"
HEADER = re.compile(
    r"SPDX-License-Identifier: GPL-2.0\nSubject: (?P<subject>.+)\nBreaks: (?P<breaks>.+)\n\n(?P<text>.+?)\n---\n",
    re.DOTALL,
)


@dataclasses.dataclass(frozen=True)
class Bug:
    """One way in which the kernel of this folder can be wrong."""

    name: str
    subject: str  # what the kernel does then
    breaks: tuple  # ids of the requirements, the first of which it is about
    text: str  # how it comes
    patch: pathlib.Path

    @property
    def symbol(self):
        """Its name in the kernel's source."""
        return self.name.replace("-", "_")


def read():
    """All bugs, by name."""
    found = {}
    for path in sorted((FOLDER / "bugs").glob("*.patch")):
        header = HEADER.match(path.read_text(encoding="utf-8"))
        if header is None:
            raise ValueError(f"{path} does not begin with its licence, 'Subject:' and 'Breaks:'")
        breaks = tuple(header["breaks"].split(", "))
        found[path.stem] = Bug(path.stem, header["subject"], breaks, header["text"], path)
    return found


def table():
    """zerocopy_bugs.h: the bugs as broken_kernel/zerocopy_broken.c takes them."""
    lines = [f'ZEROCOPY_BUG({bug.symbol}, "{bug.name}")\n' for bug in read().values()]
    return "/* SPDX-License-Identifier: GPL-2.0 */\n" + "".join(lines)
