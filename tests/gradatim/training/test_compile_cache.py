"""Libraries that a killed linker left: none is loaded again, and none that is being written is taken away."""

import os
import shutil
import threading
import time

import pytest
from numpy.random import mtrand

from gradatim.training import compile_cache
from gradatim.training.compile_cache import clear


@pytest.fixture
def library(tmp_path):
    """A whole shared library, by a name of the compiler's cache."""
    path = tmp_path / "ab" / "cabmain.so"
    path.parent.mkdir()
    shutil.copyfile(mtrand.__file__, path)
    return path


def long_ago(path):
    os.utime(path, (time.time() - 60, time.time() - 60))
    return path


def test_a_whole_library_stays(library):
    assert clear(library.parents[1]) == []
    assert library.exists()


@pytest.mark.parametrize("part", [0, 10, 64, 0.5, 0.999])
def test_a_library_that_ends_too_early_is_removed(library, part):
    size = library.stat().st_size
    os.truncate(library, part if part > 1 else int(part * size))
    assert clear(long_ago(library).parents[1]) == [library]
    assert not library.exists()


def test_a_library_that_is_all_holes_is_removed(library):
    size = library.stat().st_size
    os.truncate(library, 0)
    os.truncate(library, size)
    assert clear(long_ago(library).parents[1]) == [library]


def test_one_that_is_being_written_is_waited_for(library, monkeypatch):
    monkeypatch.setattr(compile_cache, "STILL", 30.0)
    whole = library.read_bytes()
    library.write_bytes(whole[:100])
    threading.Timer(0.2, library.write_bytes, [whole]).start()
    monkeypatch.setattr(compile_cache.time, "sleep", lambda seconds: threading.Event().wait(0.05))
    assert clear(library.parents[1]) == []
    assert library.read_bytes() == whole
