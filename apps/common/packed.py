"""A figure as it travels to a page: without its table, and the numbers of its lines as the bytes of arrays, which are a quarter of their digits.

An array is ``{"kind": "f4", "bytes": base64}``, little-endian: ``i4`` for whole numbers that fit, ``f8`` for those that do not and for places on
the horizontal axis, ``f4`` for what is drawn over them (seven digits; NaN where a line breaks). Whole numbers that do not fall, as steps and tokens,
are their differences (``u1``, ``u2``): number k is ``first`` + ``by`` × the sum of k of them. static/js/chart-wire.js is the other end; whoever
wants every digit asks without ``packed``.
"""

import base64

import numpy as np

#: Shorter lists travel as they are.
LEAST = 32
#: The largest whole number up to which a browser's numbers have no gaps.
EXACT = 2**53
_DRAWN = ("x", "y", "customdata")
_SAFE = {"i4": 2**31 - 1, "f4": 3e38}


def packed(payload: dict) -> dict:
    """The payload of :func:`apps.common.charts.payload` in this form."""
    figure = payload["figure"]
    data = [
        {key: _array(value, exact=key != "y") if key in _DRAWN else value for key, value in trace.items()}
        for trace in figure["data"]
    ]
    return {**payload, "figure": {**figure, "data": data}, "table": None}


def _array(values, *, exact: bool):
    """One-dimensional lists of numbers (None: not known) as bytes; anything else as it is."""
    if not isinstance(values, list) or len(values) < LEAST:
        return values
    numbers = _numbers(values)
    if numbers is None:
        return values
    whole = _whole(numbers)
    if whole and (rising := _rising(numbers.astype(np.int64))):
        return rising
    return _bytes(numbers, _kind(numbers, whole, exact))


def _bytes(numbers: np.ndarray, kind: str) -> dict:
    return {"kind": kind, "bytes": base64.b64encode(numbers.astype(f"<{kind}").tobytes()).decode()}


def _whole(numbers: np.ndarray) -> bool:
    """Whether all are integers that both ends add up exactly."""
    with np.errstate(invalid="ignore"):
        return bool(((numbers >= -EXACT) & (numbers <= EXACT) & (numbers == np.floor(numbers))).all())


def _rising(numbers: np.ndarray) -> dict | None:
    """Differences in units of what divides them all, where they are small."""
    between = np.diff(numbers)
    by = int(np.gcd.reduce(between)) or 1
    largest = int(between.max()) // by
    if between.min() < 0 or largest > 0xFFFF:
        return None
    return {**_bytes(between // by, "u1" if largest <= 0xFF else "u2"), "first": int(numbers[0]), "by": by}


def _numbers(values: list) -> np.ndarray | None:
    try:
        found = np.asarray(values)
    except ValueError:  # lists of several lengths
        return None
    if found.dtype == object and all(value is None or type(value) in (int, float) for value in values):
        found = np.asarray(values, float)
    return found if found.ndim == 1 and found.dtype.kind in "iuf" else None


def _kind(numbers: np.ndarray, whole: bool, exact: bool) -> str:
    """The shortest kind that loses nothing that is drawn."""
    with np.errstate(invalid="ignore"):
        largest = np.nanmax(np.abs(numbers)) if np.isfinite(numbers).any() else 0
    if whole and largest <= _SAFE["i4"]:
        return "i4"
    return "f8" if exact or largest > _SAFE["f4"] else "f4"
