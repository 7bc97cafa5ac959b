"""Files read and written with care, whoever made the folder that they lie in.

What is read is a regular file of bounded size, and inside a run folder no link. What is written is
created by us alone under a random hidden name, flushed to disk, and takes its own name in one
rename. What a killed process left behind is removed by the next that writes there.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

MEGABYTE: Final = 1_000_000
MOST_TEXT: Final = 64 * MEGABYTE
"""Bytes of a text that is read whole: a manifest, a design, a resolved model. The largest that
gpusim writes, the design of 100,000 points, has 20 MB."""
LEFT_BEHIND: Final = re.compile(r"\..+\.[0-9a-f]{16}\.part")
SETTLED: Final = 60.0
"""Age from which a hidden file that nobody holds is left behind [s]."""
KINDS: Final = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISLNK, "a link"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


NO_FILE: Final = (errno.EISDIR, errno.ENXIO, errno.ELOOP)
"""How opening fails where there is a folder, a pipe or socket that nobody reads, or a link."""

in_hand: list[Path] = []
"""Folders that this command has written or is at work on, for its last words."""
received: list[Path] = []
"""Folders that this command was given to read, whoever made them."""


class UnsafeFileError(Exception):
    """A file that is not read or written, and why: one message for the person.

    found: what the path leads to instead of a file that is, in words.
    """

    def __init__(self, path: object, found: str, rule: str = "") -> None:
        super().__init__(f"{path} {found}{rule and '; '}{rule}")
        self.found = found


class LargeFileError(UnsafeFileError):
    """A file with more bytes than are read."""


def kind_of(mode: int) -> str:
    """What a file that is no regular one is, in words."""
    return next((words for fits, words in KINDS if fits(mode)), "no file")


def inside(folder: Path, name: str) -> Path:
    """A name within a folder, no part of which is a link.

    Raises:
        UnsafeFileError: it leads out of the folder, or through a link.
    """
    path = folder
    for part in Path(name).parts:
        path = path / part
        if part == ".." or Path(part).is_absolute():
            raise UnsafeFileError(name, f"leads out of {folder}")
        if path.is_symlink():
            raise UnsafeFileError(path, "is a link", "a run folder holds none")
    return path


def read(path: Path, most: int | None = MOST_TEXT, *, follow: bool = False) -> bytes:
    """The bytes of a regular file.

    most: bytes it may have; follow: whether it may be a link.

    Raises:
        UnsafeFileError: it is no regular file, a link, or larger.
        OSError: it cannot be read.
    """
    with contextlib.closing(Descriptor(path, os.O_RDONLY, follow=follow)) as file:
        size = os.fstat(file.number).st_size
        if most is not None and size > most:
            raise LargeFileError(path, f"has {size:,} bytes", f"at most {most:,} are read")
        with os.fdopen(os.dup(file.number), "rb") as stream:
            if most is None:
                return stream.read()
            data = stream.read(most + 1)
    if len(data) > most:  # it grew, or its size is not told
        raise LargeFileError(path, f"has more than {most:,} bytes")
    return data


def digest_of(path: Path) -> str:
    """The hash by which a regular file is known, 64 hex digits; it is read piece by piece.

    Raises:
        UnsafeFileError: it is no regular file, or a link.
        OSError: it cannot be read.
    """
    with (
        contextlib.closing(Descriptor(path, os.O_RDONLY)) as file,
        os.fdopen(os.dup(file.number), "rb") as stream,
    ):
        return hashlib.file_digest(stream, "sha256").hexdigest()


class Descriptor:
    """A regular file, opened without following a link and without waiting for anybody."""

    def __init__(self, path: Path, flags: int, *, follow: bool = False) -> None:
        flags |= os.O_NONBLOCK | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW)
        if not follow and path.is_symlink():
            raise UnsafeFileError(path, "is a link", "a run folder holds none")
        try:
            self.number = os.open(path, flags, 0o666)
        except OSError as error:
            if error.errno not in NO_FILE:
                raise
            found = f"is {kind_of(path.lstat().st_mode)}"
            raise UnsafeFileError(path, found, "a regular file is read") from None
        about = os.fstat(self.number)
        if not stat.S_ISREG(about.st_mode):
            self.close()
            raise UnsafeFileError(path, f"is {kind_of(about.st_mode)}", "a regular file is read")
        if flags & (os.O_WRONLY | os.O_RDWR) and about.st_nlink > 1:
            self.close()
            raise UnsafeFileError(path, "is one file under two names", "it is not written to")

    def close(self) -> None:
        """Give it back."""
        os.close(self.number)


def read_json(path: Path, most: int = MOST_TEXT) -> Any:
    """What a JSON file says.

    Raises:
        UnsafeFileError: it is no regular file, too large, or not JSON.
        OSError: it cannot be read.
    """
    data = read(path, most)
    try:
        return json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise UnsafeFileError(path, f"is not JSON: {why}") from None


def append(file: Descriptor, data: bytes) -> None:
    """Add bytes at the end of a file, flushed to disk.

    Raises:
        OSError: they cannot be written, or not all.
    """
    while data:
        data = data[os.write(file.number, data) :]
    os.fsync(file.number)


def hidden(path: Path) -> Path:
    """A hidden name beside a path that nobody can foresee."""
    return path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")


def write(path: Path, data: bytes) -> None:
    """A file that is there whole or not at all, whatever happens.

    Raises:
        UnsafeFileError: a folder has its name.
        OSError: it cannot be written; nothing is left.
    """
    beside = hidden(path)
    try:
        create(beside, data)
        beside.replace(path)
    except IsADirectoryError:
        beside.unlink(missing_ok=True)
        raise UnsafeFileError(path, "is a folder", "a file is to be written there") from None
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    flush(path.parent)


def create(path: Path, data: bytes) -> None:
    """A new file, flushed to disk; held while it is written.

    Raises:
        OSError: it is there already, or cannot be written.
    """
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666)
    with named(path):
        try:
            fcntl.flock(number, fcntl.LOCK_EX)
            left = memoryview(data)
            while left:  # no buffer, which would be written once more when it is closed
                left = left[os.write(number, left) :]
            os.fsync(number)
        finally:
            os.close(number)


@contextlib.contextmanager
def named(path: Path) -> Iterator[None]:
    """Name the file in an error of the system, which does not know it by its number."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


@contextlib.contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """A hidden folder beside a target, held while it is filled; gone at the end unless renamed."""
    clear(target.parent)
    beside = hidden(target)
    beside.mkdir()
    number = os.open(beside, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        yield beside
    finally:
        if beside.exists():
            shutil.rmtree(beside, ignore_errors=True)
        os.close(number)


def clear(folder: Path) -> None:
    """Remove what writers that were killed left behind in a folder."""
    for path in folder.iterdir():
        if not LEFT_BEHIND.fullmatch(path.name):
            continue
        with contextlib.suppress(OSError):  # another removes it meanwhile, or it is not ours
            if time.time() - path.lstat().st_mtime > SETTLED and not held(path):
                remove(path)


def held(path: Path) -> bool:
    """Whether a process is at work on a hidden file or folder."""
    number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(number)
    return False


def remove(path: Path) -> None:
    """Remove a file, or a folder with all in it; links are not followed."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def flush(path: Path) -> None:
    """Make sure that a file, or the names in a folder, are on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    with named(path):
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
