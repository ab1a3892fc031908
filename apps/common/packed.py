"""A figure as it travels to a page: without its table, and the numbers of its lines as the bytes of arrays, which are a quarter of their digits.

An array is ``{"kind": "f4", "bytes": base64}``, little-endian: ``i4`` for whole numbers that fit, ``f8`` for those that do not and for places on
the horizontal axis, ``f4`` for what is drawn over them (seven digits; NaN where a line breaks). static/js/chart-wire.js is the other end; whoever
wants every digit asks without ``packed``.
"""

import base64

import numpy as np

#: Shorter lists travel as they are.
LEAST = 32
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
    kind = _kind(numbers, exact)
    return {"kind": kind, "bytes": base64.b64encode(numbers.astype(f"<{kind}").tobytes()).decode()}


def _numbers(values: list) -> np.ndarray | None:
    try:
        found = np.asarray(values)
    except ValueError:  # lists of several lengths
        return None
    if found.dtype == object and all(value is None or type(value) in (int, float) for value in values):
        found = np.asarray(values, float)
    return found if found.ndim == 1 and found.dtype.kind in "iuf" else None


def _kind(numbers: np.ndarray, exact: bool) -> str:
    """The shortest kind that loses nothing that is drawn."""
    with np.errstate(invalid="ignore"):
        largest = np.nanmax(np.abs(numbers)) if np.isfinite(numbers).any() else 0
        whole = np.isfinite(numbers).all() and (numbers == np.floor(numbers)).all()
    if whole and largest <= _SAFE["i4"]:
        return "i4"
    return "f8" if exact or largest > _SAFE["f4"] else "f4"
