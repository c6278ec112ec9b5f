# SPDX-License-Identifier: GPL-2.0
"""One kernel judged: its TAP, its console log, and what came of it, in a folder of its own."""

import contextlib
import dataclasses
import datetime
import itertools
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import time

from guest import boot, child, initramfs, kernels, program, splats
from guest import results as folders
from guest.outputs import Outputs
from guest.trouble import FAILED, Trouble, say

TOP = program.TOP
PROGRAM = program.NATIVE
# What init.sh says on the console before it runs the suite.
READY = b"guest: ready"
NO_OUTPUTS = Outputs({})
# To `git bisect run`: this one says nothing.
NOT_JUDGED = 125
# Options that choose tests, of whatever entry.
SELECTS = ("-t", "--test", "-v", "--variant", "-r", "--requirement", "--transport", "--path", "--trace")


@dataclasses.dataclass
class Verdict:  # pylint: disable=too-many-instance-attributes
    """What kernel.json holds."""

    label: str
    release: str = ""
    package: str = ""
    version: str = ""
    flavour: str = ""
    arch: str = platform.machine()
    accelerator: str = ""
    status: str = "unavailable"  # judged, did-not-boot, crashed, hung
    exit: int = FAILED
    reason: str = ""  # one line, where it is not judged or a fault was seen
    seconds: float = 0.0
    boot_seconds: float = 0.0
    load: float = 0.0  # of this machine by others, a processor: boot.load()
    date: str = dataclasses.field(
        default_factory=lambda: datetime.datetime.now().astimezone().isoformat("T", "seconds")
    )
    splats: list = dataclasses.field(default_factory=list)


def options_for_a_guest(options):
    """A guest is disposable: every entry is run but stacks, which takes minutes, unless the options choose."""
    if any(word == "--entry" or word.startswith("--entry=") for word in options):
        return list(options)
    return ["--entry", "*" if any(word.startswith(SELECTS) for word in options) else "[!s]*", *options]


def with_known(options, files):
    """The options as a guest takes them; files ({name in the guest: path here}) gets what --known names."""
    taken, words = [], iter(options)
    for word in words:
        option, joined, name = word.partition("=")
        if option == "--known":
            source = pathlib.Path(name if joined else next(words))
            files[f"known/{source.name}"] = source
            word = f"--known=/known/{source.name}"
        taken.append(word)
    return taken


def check(options, outputs):
    """
    Raises Trouble where msg_zerocopy would not take these options: what it says here, it
    would say in a guest after the boot.
    """
    for word in options:
        if word.split("=")[0] in ("--serve", "--remote"):
            raise Trouble(f"{word} is for the running kernel: a guest has no network to another machine")
        if word.split("=")[0] == "--reproducer":
            raise Trouble(f"{word} is for the running kernel: a file that it writes in a guest is gone with the guest")
    # Listing takes all other options, looks at nothing of this machine, and goes before other actions.
    for words in ([*options_for_a_guest(options), "--list"], [*outputs.in_guest(), "--version"]):
        ask(words)


def ask(words):
    """Raises Trouble where msg_zerocopy of this machine does not take these options, which make it run nothing."""
    try:
        result = child.run([PROGRAM, *words])
    except OSError as error:
        raise Trouble(f"cannot run {PROGRAM}: {error.strerror}; 'make' builds it") from None
    if result.returncode:
        complaint = result.stderr.strip().splitlines() or [f"{PROGRAM} refuses {' '.join(words)}"]
        raise Trouble(complaint[-1].removeprefix("msg_zerocopy: "))


def label_of(name):
    """A folder's name for what is no kernel that could be had."""
    return re.sub(r"[^\w.+-]", "_", name).lstrip(".")[:100] or "unnamed"


class _Progress:
    """What the TAP said so far: for telling what ran when a kernel died, and for progress."""

    def __init__(self, label):
        self._label, self._line, self._told = label, b"", time.monotonic()
        self.planned, self.seen, self.last = 0, 0, ""
        self._steps = self._known = 0  # the plan and results: what came, and what of it is not told again

    def again(self):
        """The same comes once more."""
        self._known, self._steps, self._line, self.seen, self.last = self._steps, 0, b"", 0, ""

    def take(self, data):
        """What of it is to be told: whole lines."""
        *lines, self._line = (self._line + data).split(b"\n")
        told = b""
        for line in lines:
            told += line + b"\n" if self._steps >= self._known else b""
            if line.startswith(b"1.."):
                self._steps += 1
                self.planned = int(line[3:].split()[0])
            elif line.startswith((b"ok ", b"not ok ")):
                self._steps += 1
                self.seen += 1
                self.last = line.decode(errors="replace").removeprefix("not ").split(" ")[2]
        if time.monotonic() - self._told > 10:
            self._told = time.monotonic()
            say(f"{self._label}: {self.seen} of {self.planned} results")
        return told


def running(options, results, show=False):
    """Judge the running kernel. Returns a Verdict."""
    release = platform.release()
    verdict = Verdict(release, release, status="judged")
    started = time.monotonic()
    with _tap_file(verdict, results, show) as write:
        process = subprocess.Popen([PROGRAM, *options], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        while data := process.stdout.read1(1 << 16):
            write(data)
        verdict.exit = process.wait()
    verdict.seconds = round(time.monotonic() - started, 1)
    keep(verdict, results)
    return verdict


def kernel(name, options, results, show=False, outputs=NO_OUTPUTS):
    """
    Judge a kernel by its name. results: where its folder is made. show: its TAP goes to
    standard output too. Returns a Verdict.
    """
    try:
        found = kernels.find(name)
        files = {"msg_zerocopy": program.of(found.architecture)}
    except Trouble as trouble:
        verdict = Verdict(label_of(name), exit=trouble.status, reason=str(trouble))
        keep(verdict, results)
        return verdict
    verdict = Verdict(
        found.label, found.release, found.package, found.version, found.flavour, found.architecture.machine
    )
    again = initramfs.words([TOP / "run_tests.sh", "--kernel", name])
    options = options_for_a_guest(options)
    words = initramfs.words([*with_known(options, files), *outputs.in_guest()])
    # By this name it says how to run one result again.
    command = f"exec -a {initramfs.words([again])} /msg_zerocopy {words}"
    progress = _Progress(found.label)
    say(f"booting {found.release}")
    before = boot.load()
    with _tap_file(verdict, results, show) as write:

        def output(data):
            write(progress.take(data))

        def errors(data):
            sys.stderr.buffer.write(data)
            sys.stderr.buffer.flush()

        sinks = {"output": output, "errors": errors, **outputs.sinks()}
        end, verdict.accelerator = boot.run(found, command, files, sinks, memory_mib=found.memory_mib)
        if verdict.accelerator == "tcg" and end.status == "crashed" and splats.emulators(end.console):
            say(f"{found.release}: the emulator ran code that the kernel had patched already; judging it once more")
            progress.again()
            outputs.again()
            sinks.update(outputs.sinks())
            end, verdict.accelerator = boot.run(found, command, files, sinks, memory_mib=found.memory_mib)
    # A guest's two processors are its own share of what came during the run.
    verdict.load = round(max(before, boot.load() - 2 / (os.cpu_count() or 1)), 1)
    _settle(verdict, end, progress, (results / verdict.label / "run.tap").read_text(encoding="utf-8", errors="replace"))
    if "--bisect" in options and end.status != "judged":
        verdict.exit = FAILED if end.status == "crashed" and verdict.splats else NOT_JUDGED
    keep(verdict, results, end.console)
    outputs.write()
    return verdict


def _settle(verdict, end, progress, tap):
    """Enter how a guest ended into its verdict. tap: what it said."""
    faults, excused = splats.find(end.console)
    verdict.splats = faults + excused
    # Of no case: those until the first that stands in a case's result. What comes behind that
    # may be of the same damage: a case that is known to do some runs last (harness/plan.cc).
    during, _ = splats.find(end.console.partition(READY)[2])
    nobodys = list(itertools.takewhile(lambda fault: f"kernel log: {fault.splitlines()[0]}" not in tap, during))
    verdict.status, verdict.reason = end.status, end.reason
    verdict.release = end.release or verdict.release
    verdict.seconds, verdict.boot_seconds = round(end.seconds, 1), round(end.boot_seconds, 1)
    verdict.exit = FAILED if end.exit is None else end.exit
    if end.status in ("crashed", "hung"):
        after = f"after {progress.last}" if progress.last else "before the first result"
        verdict.reason += f", {after} ({progress.seen} of {progress.planned} results)"
        causes = [fault for fault in verdict.splats if not fault.startswith("Kernel panic")] or verdict.splats
        if causes:
            verdict.reason += f": {causes[-1].splitlines()[0]}"
    elif end.status == "did-not-boot":
        last = [line for line in splats.lines_of(end.console) if line.strip()]
        verdict.reason += f"; its console ends: {last[-1]}" if last else "; its console is silent"
    elif nobodys and verdict.exit == 0:
        verdict.exit = FAILED
        verdict.reason = f"the kernel reported a fault: {nobodys[0].splitlines()[0]}"


@contextlib.contextmanager
def _tap_file(verdict, results, show):
    """A function that writes to run.tap of the kernel's folder, and where wanted to standard output."""
    with open(folders.of_kernel(results, verdict.label) / "run.tap", "wb") as file:

        def write(data):
            for stream in (file, sys.stdout.buffer) if show else (file,):
                stream.write(data)
                stream.flush()

        yield write


def keep(verdict, results, console=b""):
    """Write what a report is made of."""
    folder = folders.of_kernel(results, verdict.label)
    (folder / "run.tap").touch()
    (folder / "console.log").write_bytes(console.replace(b"\r\n", b"\n"))
    (folder / "kernel.json").write_text(json.dumps(dataclasses.asdict(verdict), indent=1) + "\n")
