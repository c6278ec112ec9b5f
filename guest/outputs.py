# SPDX-License-Identifier: GPL-2.0
"""The files that --json, --junit and --kcidb name, where the kernel that is judged runs in a guest.

The program writes them to ports of the guest, as it would to a pipe.
"""

import os
import pathlib
import tempfile

from guest.trouble import Trouble, say

# Each is an option with a file, and a port.
FORMATS = ("json", "junit", "kcidb")
# These say what --kcidb has to.
WORDS = ("kcidb-origin", "kcidb-build")


class Outputs:
    """What the options ask for; raises Trouble where a file cannot be written."""

    def __init__(self, options):
        """options: {a name of FORMATS or WORDS: its value, or None}"""
        self._files = {name: pathlib.Path(options[name]).absolute() for name in FORMATS if options.get(name)}
        self._words = [f"--{name}={options[name]}" for name in WORDS if options.get(name)]
        self._texts = {}
        self.again()
        for name, file in self._files.items():
            try:
                if not _is_stream(file):
                    with tempfile.TemporaryFile(dir=file.resolve().parent):
                        pass
            except OSError as error:
                raise Trouble(f"--{name}: '{file}' cannot be written: {error.strerror}") from None
            if file.is_dir():
                raise Trouble(f"--{name}: '{file}' cannot be written: it is a folder")

    def first(self):
        """An option that was given; "" where none was."""
        return next((f"--{name}" for name in self._files), "") or next(iter(self._words), "").partition("=")[0]

    def here(self):
        """The program's options where it runs on this machine."""
        return [f"--{name}={file}" for name, file in self._files.items()] + self._words

    def in_guest(self):
        """The program's options where it runs in a guest; guest/init.sh makes these names."""
        return [f"--{name}=/dev/virtio-ports/{name}" for name in self._files] + self._words

    def sinks(self):
        """Functions that take what comes from each port."""
        return {name: text.extend for name, text in self._texts.items()}

    def take(self, text):
        """What came otherwise, for --json."""
        if "json" in self._texts:
            self._texts["json"][:] = text

    def again(self):
        """The same comes once more, from the beginning."""
        self._texts.update({name: bytearray() for name in self._files})

    def write(self):
        """At the end of the run. Raises Trouble where a file cannot be written."""
        for name, file in self._files.items():
            if not self._texts[name]:
                say(f"{file} is not written: the guest ended before it could say what to write")
                continue
            try:
                _write(file, self._texts[name])
            except OSError as error:
                raise Trouble(f"--{name}: '{file}' cannot be written: {error.strerror}") from None


def _is_stream(file):
    return file.exists() and not file.is_file() and not file.is_dir()


def _write(file, text):
    """All of it, or nothing."""
    if _is_stream(file):
        file.write_bytes(text)
        return
    file = file.resolve()
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=file.name + ".", delete=False) as new:
        try:
            new.write(text)
            new.flush()
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(new.name, file.stat().st_mode & 0o7777 if file.exists() else 0o666 & ~mask)
            os.replace(new.name, file)
        except BaseException:
            os.unlink(new.name)
            raise
