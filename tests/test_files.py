"""Files opened and created with care: no link, no pipe, no name that another could foresee."""

from __future__ import annotations

import fcntl
import os
import resource
import subprocess
import sys

import pytest

from gpusim import files
from gpusim.files import UnsafeFileError
from gpusim.results.stored import folder
from tests.processes import ended

HELD = """
import sys, time
from pathlib import Path
from gpusim import files
with files.new_folder(Path(sys.argv[1])) as hidden:
    print(hidden.name, flush=True)
    time.sleep(120)
"""


def old(path):
    """As it would look a day later."""
    os.utime(path, (1, 1))
    return path


def test_two_writers_of_one_name_never_meet(tmp_path):
    names = {files.hidden(tmp_path / "run").name for _ in range(1_000)}
    assert len(names) == 1_000
    assert all(files.LEFT_BEHIND.fullmatch(name) for name in names)


def test_what_a_killed_writer_left_is_removed_by_the_next_and_what_lives_is_not(tmp_path):
    writer = subprocess.Popen(
        [sys.executable, "-c", HELD, str(tmp_path / "slow")], stdout=subprocess.PIPE, text=True
    )
    with writer, ended(writer):
        assert writer.stdout is not None
        alive = old(tmp_path / writer.stdout.readline().strip())
        dead = tmp_path / ".run.0123456789abcdef.part"
        dead.mkdir()
        (dead / "statements.parquet").write_bytes(b"half")
        young = files.hidden(tmp_path / "young")
        young.write_bytes(b"")
        theirs = tmp_path / ".run.4711"
        theirs.write_text("of another program")
        folder.write(tmp_path / "run", {}, {}, {})
        assert (alive.exists(), dead.exists()) == (True, True)
        old(dead)
        folder.write(tmp_path / "run", {}, {}, {}, rename_if_taken=True)
        assert (alive.exists(), dead.exists()) == (True, False)
        assert (young.exists(), theirs.exists()) == (True, True)
        writer.kill()
        writer.wait()
        folder.write(tmp_path / "run", {}, {}, {}, rename_if_taken=True)
        assert not alive.exists()


def test_a_hidden_link_is_removed_and_what_it_points_to_stays(tmp_path):
    target = tmp_path / "precious"
    target.mkdir()
    (target / "file").write_text("")
    trap = tmp_path / ".run.0123456789abcdef.part"
    trap.symlink_to(target)
    os.utime(trap, (1, 1), follow_symlinks=False)
    files.clear(tmp_path)
    assert (target / "file").exists()


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/etc/passwd")])
def test_only_regular_files_are_read_and_nobody_is_waited_for(tmp_path, make):
    path = tmp_path / "file"
    make(path)
    with pytest.raises(UnsafeFileError, match=r"a pipe|a folder|a link"):
        files.read(path)


def test_devices_are_not_read():
    with pytest.raises(UnsafeFileError, match="a device"):
        files.read(files.Path("/dev/zero"))


def test_a_file_that_is_too_large_is_not_read_though_it_takes_no_space(tmp_path):
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.truncate(10**12)
    with pytest.raises(UnsafeFileError, match=f"{10**12:,} bytes; at most 64,000,000 are"):
        files.read(path)


@pytest.mark.parametrize("name", ["../out", "/etc/passwd", "parts/../../out", "linked/file"])
def test_a_name_stays_inside_its_folder(tmp_path, name):
    (tmp_path / "run").mkdir()
    (tmp_path / "run/linked").symlink_to(tmp_path)
    with pytest.raises(UnsafeFileError, match=r"leads out of|is a link"):
        files.inside(tmp_path / "run", name)


def test_a_new_file_is_never_written_over_another(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "new").symlink_to(victim)
    with pytest.raises(OSError, match="exists"):
        files.create(tmp_path / "new", b"overwritten")
    assert victim.read_text() == "precious"
    files.write(tmp_path / "new", b"whole")
    assert (victim.read_text(), (tmp_path / "new").is_symlink()) == ("precious", False)


def test_a_file_held_by_nobody_is_free(tmp_path):
    path = tmp_path / "file"
    path.write_text("")
    assert not files.held(path)
    with path.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert files.held(path)


@pytest.mark.parametrize("text", ["[" * 100_000, '"' + "a" * 10, "\xff", "nan x", "9" * 9_000])
def test_what_is_no_json_is_said_to_be_none(tmp_path, text):
    path = tmp_path / "manifest.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(UnsafeFileError, match="is not JSON"):
        files.read_json(path)


@pytest.mark.parametrize("size", [101, 10_000, 1_000_000])
def test_a_file_for_which_there_is_no_room_is_named(tmp_path, size):
    """Whatever is buffered: a file of more than a hundred bytes fits nowhere meanwhile."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(OSError, match="File too large") as refused:
            files.create(tmp_path / "large", bytes(size))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert refused.value.filename == str(tmp_path / "large")
