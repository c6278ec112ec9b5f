# SPDX-License-Identifier: GPL-2.0
"""The folder that results go to: made, found writable, and emptied of what the suite made itself."""

import contextlib
import shutil
import tempfile

from guest.trouble import Trouble

# In each folder that the suite makes. What lies in a folder without it is never removed: a
# folder of the user's own may well have files of the same names.
MARK = ".made_by_msg_zerocopy"
OF_A_KERNEL = (MARK, "kernel.json", "run.tap", "console.log", "stacks.json", "stacks.txt")
OF_ALL = (MARK, "report.html", "report.md", "report.json")


@contextlib.contextmanager
def speaking_of(folder):
    """Turn what the file system refuses into one line."""
    try:
        yield
    except OSError as error:
        raise Trouble(
            f"cannot keep results in {folder}: {error.strerror} (--results FOLDER names another folder)"
        ) from None


def prepare(folder):
    """Make the folder where it is not there. Raises Trouble where it cannot be written to."""
    with speaking_of(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if not any(folder.iterdir()):
            (folder / MARK).write_text("run_tests.sh --matrix removes the results in this folder.\n", encoding="ascii")
        with tempfile.TemporaryFile(dir=folder):
            pass


def of_kernel(folder, label):
    """The folder of one kernel's results below that of all, made where it is not there."""
    prepare(folder / label)
    return folder / label


def _is_folder(path):
    return path.is_dir() and not path.is_symlink()


def _not_ours(folder, names):
    """What is in a marked folder beside the files of these names and marked folders of kernels."""
    marked = (folder / MARK).is_file()
    for path in sorted(folder.iterdir()):
        if names is OF_ALL and _is_folder(path) and (path / MARK).is_file():
            yield from _not_ours(path, OF_A_KERNEL)
        elif not marked or path.name not in names or path.is_symlink() or not path.is_file():
            yield path


def empty(folder):
    """
    Remove the results that an earlier run left, which would pass for this one's. Raises
    Trouble, and removes nothing, where the folder has anything that the suite did not make.
    """
    with speaking_of(folder):
        if not folder.exists():
            return
        for path in _not_ours(folder, OF_ALL):
            raise Trouble(
                f"{folder} has {path.relative_to(folder)}, which --matrix has not made and does not remove: "
                "give --results another folder"
            )
        for path in folder.iterdir():
            if _is_folder(path):
                shutil.rmtree(path)
            else:
                path.unlink()
