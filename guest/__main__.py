# SPDX-License-Identifier: GPL-2.0
"""What run_tests.sh hands over: kernels other than the running one."""

import argparse
import os
import pathlib
import signal
import sys

sys.path[0] = str(pathlib.Path(__file__).resolve().parent.parent)

# The package is found from the folder above, which is on the path only now.
# pylint: disable=wrong-import-position
from guest import archive, build_tree, compare, judge, kernels, matrix, nested, outputs, pair, results, stacks
from guest.trouble import FAILED, Trouble, say

RESULTS = judge.TOP / "build" / "results"
COMPARISON = judge.TOP / "build" / "comparison"


class Unkept(Trouble):
    """A kernel that booted and ended otherwise than by a verdict, or with a fault beside it."""


class Words(argparse.ArgumentParser):
    """The command line; a wrong one gets one line."""

    def error(self, message):
        raise Trouble(f"{message}; see --help")


def parse(arguments):
    """(what to do, the options of msg_zerocopy)"""
    parser = Words(prog="run_tests.sh", allow_abbrev=False, add_help=False)
    parser.add_argument("--kernel")
    parser.add_argument("--matrix", action="store_true")
    parser.add_argument("--vsock-guest", nargs="?", const=nested.KERNEL)
    parser.add_argument("--pair", nargs=2, metavar="KERNEL")
    parser.add_argument("--stack")
    parser.add_argument("--compare", action="store_true")
    parser.add_argument("--list-kernels", action="store_true")
    parser.add_argument("--check-config", action="store_true")
    parser.add_argument("--results", type=lambda path: pathlib.Path(path).absolute())
    for name in (*outputs.FORMATS, *outputs.WORDS):
        parser.add_argument(f"--{name}")
    parser.add_argument("-h", "--help", action="store_true")
    words, rest = parser.parse_known_args(arguments)
    words.results = words.results or (COMPARISON if words.compare else RESULTS)
    words.kernels, words.files = [], []
    # Kernels end where the options of msg_zerocopy begin.
    behind = words.files if words.compare else words.kernels
    while (words.matrix or words.compare) and rest and not rest[0].startswith("-"):
        behind.append(rest.pop(0))
    if words.compare and rest:
        raise Trouble(f"--compare takes files of results and --results FOLDER, not '{rest[0]}'")
    if words.compare and len(words.files) < 2:
        raise Trouble("--compare takes two files or more: the results of an old run, and of new ones")
    if words.compare and (words.matrix or words.kernel or words.vsock_guest):
        raise Trouble("--compare boots nothing: it goes without --kernel, --matrix and --vsock-guest")
    if words.matrix and words.kernel:
        raise Trouble(f"--matrix takes the kernels behind it: --matrix {words.kernel}")
    if words.vsock_guest and (words.matrix or words.kernel):
        raise Trouble("--vsock-guest takes its kernel behind it, and goes without --kernel and --matrix")
    if "--stacks" in rest and not words.kernel:
        raise Trouble("--stacks measures one kernel: give it with --kernel, or measure the running one without it")
    if words.pair and (words.matrix or words.kernel or words.vsock_guest or words.compare):
        raise Trouble("--pair takes its two kernels behind it, and goes without --kernel, --matrix and --vsock-guest")
    if words.stack is not None and not words.pair:
        raise Trouble("--stack goes with --pair KERNEL KERNEL; --stacks measures the stacks of one kernel")
    if words.check_config and not words.kernel:
        raise Trouble("--check-config takes --kernel PATH/TO/linux")
    if not (
        words.matrix
        or words.vsock_guest
        or words.kernel
        or words.pair
        or words.compare
        or words.list_kernels
        or words.help
    ):
        raise Trouble(
            "none of --kernel, --matrix, --vsock-guest, --pair, --compare, --list-kernels is there; see --help"
        )
    return words, rest


def list_kernels():
    """One line a kernel: what --kernel takes, its Debian version, suite, and whether it is cached."""
    for offer in archive.listed():
        cached = "cached" if archive.folder_of(offer).exists() else ""
        print(f"{offer.label:24} {offer.version:24} {offer.suite:20} {offer.package} {cached}".rstrip())
    return 0


def check_config(tree):
    """Names what the tree's .config lacks of ours. Returns 1 where it lacks something."""
    missing = build_tree.missing(pathlib.Path(tree))
    for option in missing:
        print(option)
    if missing:
        merge = f"scripts/kconfig/merge_config.sh .config {build_tree.OURS}"
        say(f"{tree}/.config lacks the {len(missing)} options above; '{merge}' adds them")
    return FAILED if missing else 0


def one(name, options, folder, wanted):
    """Judge one kernel, as the program does the running one. Returns its exit status."""
    if name == kernels.RUNNING:
        return judge.running([*options, *wanted.here()], folder, show=True).exit
    verdict = judge.kernel(name, options, folder, show=True, outputs=wanted)
    if verdict.status == "unavailable":
        raise Trouble(verdict.reason, verdict.exit)
    if verdict.reason:
        kept = folder / verdict.label / "console.log"
        raise Unkept(f"{verdict.release} {verdict.status}: {verdict.reason} (its console: {kept})", verdict.exit)
    return verdict.exit


def two(names, stack, options, folder):
    """Judge the first of two kernels, with a wire to the second. Returns the exit status."""
    if any(word.split("=")[0] in ("--serve", "--remote", "--known", "--stacks") for word in options):
        raise Trouble("--pair has an agent of its own: leave out --serve, --remote, --known and --stacks")
    # What is planned is known once there is an agent.
    judge.ask([*options, "--version"])
    results.prepare(folder)
    return pair.run(names, options, folder, stack)


def main():
    """Returns the exit status."""
    words, options = parse(sys.argv[1:])
    if words.help:
        os.execv(judge.TOP / "run_tests.sh", ["run_tests.sh", "--help"])
    if words.compare:
        return compare.run(words.files, words.results)
    if words.list_kernels:
        return list_kernels()
    if words.check_config:
        return check_config(words.kernel)
    wanted = outputs.Outputs({name.replace("_", "-"): value for name, value in vars(words).items()})
    if wanted.first() and not words.kernel:
        raise Trouble(f"{wanted.first()} is for one kernel: give it with --kernel")
    if words.pair:
        return two(words.pair, words.stack or "", options, words.results)
    if "--stacks" in options and words.kernel != kernels.RUNNING:
        judge.ask([*options, "--list"])
        results.prepare(words.results)
        return stacks.measure(words.kernel, options, words.results, wanted)
    judge.check(options, wanted)
    if words.vsock_guest and judge.with_known(options, {}) != options:
        raise Trouble("--known is for --kernel and --matrix: leave it out")
    if words.matrix:
        return matrix.run(words.kernels, options, words.results)
    results.prepare(words.results)
    return (
        nested.run(words.vsock_guest, options, words.results)
        if words.vsock_guest
        else one(words.kernel, options, words.results, wanted)
    )


def status_of(trouble):
    """The exit status. A kernel that was judged has its own answer for git."""
    unjudged = "--bisect" in sys.argv and not isinstance(trouble, Unkept)
    return judge.NOT_JUDGED if unjudged else trouble.status


def end_by(number, _frame):
    """Guests end with this process; what is half made is removed on the way."""
    sys.exit(128 + number)


if __name__ == "__main__":
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, end_by)
    try:
        sys.exit(main())
    except Trouble as trouble:
        print(f"run_tests.sh: {trouble}", file=sys.stderr)
        sys.exit(status_of(trouble))
    except BrokenPipeError:
        sys.exit(FAILED)
    except OSError as error:
        # No file of its own making that is not spoken of where it is used.
        trouble = Trouble(f"{error.filename or 'this machine'}: {error.strerror}")
        print(f"run_tests.sh: {trouble}", file=sys.stderr)
        sys.exit(status_of(trouble))
