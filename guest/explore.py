# SPDX-License-Identifier: GPL-2.0
"""
usage: python3 guest/explore.py KERNEL [OPTION]...
       python3 guest/explore.py --differential KERNEL KERNEL [OPTION]...

Boots a kernel (see run_tests.sh --kernel; `running` is this one) and runs zerocopy_explore in it with these options.
--differential does so with two, which run the same programs (--programs N, 1000 by default) judged without any
deviation, and prints a page of what only one of them does.
"""

import pathlib
import re
import subprocess
import sys

sys.path[0] = str(pathlib.Path(__file__).resolve().parent.parent)

# The package is found from the folder above, which is on the path only now.
# pylint: disable=wrong-import-position
from guest import errand, kernels, program
from guest.trouble import Trouble

PROGRAM = "zerocopy_explore"
ALL_THAT_IS_TOLD = ["--keep-going", "--without-deviation", "all"]


def explored(name, options, show):
    """What the explorer says on that kernel, and its exit status. show: print it as it comes."""
    if name == kernels.RUNNING:
        words = [program.here(PROGRAM), *options]
        result = subprocess.run(words, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False)
        if show:
            sys.stdout.buffer.write(result.stdout)
        return result.stdout.decode(), result.returncode
    said = bytearray()

    def output(data):
        said.extend(data)
        if show:
            errand.to(sys.stdout)(data)

    status, _ = errand.run(kernels.find(name), PROGRAM, options, {"output": output})
    return said.decode(errors="replace"), status


def finds(said):
    """{kind: its text} of what the explorer said. The kind is a deviation, or the row and what was judged."""
    found = {}
    for block in re.split(r"^after [0-9.]+ s, ", said, flags=re.MULTILINE)[1:]:
        text = block.split("\n  run again:")[0]
        explained = re.search(r"explained by the deviation (\S+)", text)
        judged = re.search(r"\n  (.*)\n    expected: .*\n    seen: .*\n  judges (\S+),", text)
        if explained:
            kind = explained[1]
        else:
            kind = f"{judged[2]}, {re.sub('[0-9]+', 'N', judged[1])}" if judged else text.split("\n", maxsplit=1)[0]
        found.setdefault(kind, text)
    return found


def page(names, found):
    """Markdown: what only one of two kernels does, and what both do."""
    lines = [f"# {names[0]} and {names[1]}, the same programs", ""]
    for name, own, other in zip(names, found, reversed(found)):
        lines += [f"## Only on {name}", ""]
        for kind in sorted(set(own) - set(other)):
            lines += [f"### {kind}", "", *("    " + line for line in own[kind].split("\n")), ""]
    lines += ["## On both", "", *(f"- {kind}" for kind in sorted(set(found[0]) & set(found[1])))]
    return "\n".join(lines)


def main():
    """Returns the exit status."""
    words = sys.argv[1:]
    if not words or words[0] in ("-h", "--help"):
        print(__doc__.strip())
        return 0
    if words[0] != "--differential":
        return explored(words[0], words[1:], show=True)[1]
    names, options = words[1:3], words[3:]
    if len(names) < 2 or names[1].startswith("-"):
        raise Trouble("--differential takes two kernels")
    if not {"--programs", "--seconds"} & set(options):
        options += ["--programs", "1000"]
    if "--workers" not in options:
        options += ["--workers", "1"]
    if "--seed" not in options:
        options += ["--seed", "1"]
    found = []
    for name in names:
        said, status = explored(name, [*options, *ALL_THAT_IS_TOLD], show=False)
        if status not in (0, 1):
            raise Trouble(f"{name}: the explorer ended with {status}: {said.strip()}", status)
        found.append(finds(said))
    print(page(names, found))
    return 1 if set(found[0]) != set(found[1]) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Trouble as trouble:
        print(f"explore.py: {trouble}", file=sys.stderr)
        sys.exit(trouble.status)
