"""Arrays from and to .npy files named on the command line."""

import os
from pathlib import Path

import numpy as np

from gradatim import ranking
from gradatim.errors import UserError


def read_scores(path: Path) -> np.ndarray:
    """One-dimensional real scores without NaN, in the type of the file (never narrowed)."""
    scores = read(path)
    if scores.ndim != 1:
        raise UserError(
            f"{path} holds an array of {scores.ndim} dimensions: scores are one-dimensional, one number a sample.",
            field="scores",
        )
    return ranking.checked(scores, len(scores))


def read_codes(path: Path, n: int) -> np.ndarray:
    """One whole number a sample, such as the code of its domain."""
    codes = read(path)
    if codes.dtype.kind not in "iu" or codes.shape != (n,):
        raise UserError(
            f"{path} holds {codes.dtype} of shape {codes.shape}: give one whole number for each of {n} scores."
        )
    return codes


def read(path: Path) -> np.ndarray:
    """The array of numbers in a .npy file; ``UserError`` for what is not one, is cut short, or holds Python objects."""
    try:
        with path.open("rb") as file:
            return _read(file, path)
    except FileNotFoundError:
        raise UserError(f"There is no file {path}.") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}.") from None


def _read(file, path: Path) -> np.ndarray:
    try:
        version = np.lib.format.read_magic(file)
        header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[version]
        shape, fortran, dtype = header(file)
    except (ValueError, KeyError, EOFError, TypeError, SyntaxError, RecursionError):
        raise UserError(f"{path} is not a .npy file of numbers: write one with numpy.save.") from None
    if dtype.hasobject or dtype.names:
        raise UserError(f"{path} holds {dtype} and not numbers: save a plain numeric array.")
    count = 1
    for length in shape:
        count *= length
    if count * dtype.itemsize > os.fstat(file.fileno()).st_size - file.tell():
        raise UserError(f"{path} is cut short: its header promises {count} numbers.")
    array = np.fromfile(file, dtype, count)
    return array.reshape(shape, order="F" if fortran else "C")


def write(path: Path, array: np.ndarray) -> None:
    """The array as a .npy file of exactly this name, which appears complete or not at all."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as file:
            np.save(file, array, allow_pickle=False)
        os.replace(beside, path)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror or error}.") from None
    finally:
        beside.unlink(missing_ok=True)


def apart(source: Path, target: Path) -> None:
    """``UserError`` where writing ``target`` would replace the input."""
    if target.exists() and source.exists() and target.samefile(source):
        raise UserError(f"{target} is the input itself: give the output another name.")
