# SPDX-License-Identifier: GPL-2.0
"""Where downloads are kept: a folder that may be removed at any time."""

import contextlib
import fcntl
import os
import pathlib
import shutil
import tempfile

from guest.trouble import Trouble


def folder():
    """$MSG_ZEROCOPY_CACHE, else msg_zerocopy in the user's cache folder; made where it is not there."""
    path = os.environ.get("MSG_ZEROCOPY_CACHE")
    if not path:
        base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
        path = pathlib.Path(base) / "msg_zerocopy"
    path = pathlib.Path(path).absolute()
    with speaking_of(path):
        path.mkdir(parents=True, exist_ok=True)
    return path


@contextlib.contextmanager
def speaking_of(path):
    """Turn what the file system refuses into one line."""
    try:
        yield
    except OSError as error:
        raise Trouble(
            f"cannot write to the cache {path}: {error.strerror} (MSG_ZEROCOPY_CACHE names another folder)"
        ) from error


@contextlib.contextmanager
def locked(name):
    """One process at a time; let go of when it ends, however it does."""
    path = folder() / f"{name}.lock"
    with speaking_of(path):
        file = open(path, "w", encoding="utf-8")
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def replacing(target):
    """A new folder that takes target's place when all went well; else it goes."""
    for left_by_a_kill in target.parent.glob(f".{target.name}.*"):
        shutil.rmtree(left_by_a_kill, ignore_errors=True)
    with speaking_of(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        made = pathlib.Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        made.chmod(0o755)
    try:
        yield made
        with speaking_of(target):
            shutil.rmtree(target, ignore_errors=True)
            made.rename(target)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def require_space(mebibytes):
    """Raises Trouble where the cache's file system has less left."""
    free = shutil.disk_usage(folder()).free >> 20
    if free < mebibytes:
        raise Trouble(
            f"no disk space: {folder()} has {free} MiB left and needs {mebibytes} "
            "(MSG_ZEROCOPY_CACHE names another folder)"
        )
