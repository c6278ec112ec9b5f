# SPDX-License-Identifier: GPL-2.0
"""
usage: python3 guest/try_boot.py KERNEL [--add FILE[:PATH]]... COMMAND...

Boots a kernel (see run_tests.sh --kernel) and runs a shell command in it, as root of a
machine that is gone afterwards: its output here, its console log on standard error where
the boot fails. PATH: where FILE lies in the guest (/NAME). Exits as the command did.
"""

import argparse
import pathlib
import sys

sys.path[0] = str(pathlib.Path(__file__).resolve().parent.parent)

# The package is found from the folder above, which is on the path only now.
# pylint: disable=wrong-import-position
from guest import boot, errand, kernels, splats
from guest.trouble import Trouble, say


def main():
    parser = argparse.ArgumentParser(usage=__doc__.strip().splitlines()[0].removeprefix("usage: "))
    parser.add_argument("--add", action="append", default=[])
    parser.add_argument("--memory", type=int, default=0)
    parser.add_argument("--console", action="store_true")
    parser.add_argument("--device", action="append", default=[])
    parser.add_argument("kernel")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    words = parser.parse_args()
    files = {}
    for added in words.add:
        source, _, path = added.partition(":")
        files[path or pathlib.Path(source).name] = source

    sinks = {"output": errand.to(sys.stdout), "errors": errand.to(sys.stderr)}
    if words.console:
        sinks["console"] = errand.to(sys.stderr)
    devices = [word for device in words.device for word in ("-device", device)]
    kernel = kernels.find(words.kernel)
    end, accelerator = boot.run(
        kernel, " ".join(words.command), files, sinks, memory_mib=words.memory or kernel.memory_mib, devices=devices
    )
    say(
        f"{end.release or kernel.release} by {accelerator}: booted in {end.boot_seconds:.0f} s, all {end.seconds:.0f} s"
    )
    for fault in splats.find(end.console)[0]:
        say(fault.replace("\n", "\n# "))
    if end.status != "judged":
        sys.stderr.write("\n".join(splats.lines_of(end.console)[-40:]))
        raise Trouble(f"{kernel.release} {end.status}: {end.reason}")
    return end.exit


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Trouble as trouble:
        print(f"try_boot.py: {trouble}", file=sys.stderr)
        sys.exit(trouble.status)
