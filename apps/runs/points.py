"""The body of a request that logs points: JSON with arrays a series, checked array by array and never point by point."""

import json
import re
import time
from collections.abc import Mapping

import numpy as np
import orjson
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

from apps.metrics.codec import Columns
from gradatim.errors import UserError

#: Of one request.
MAX_BYTES, MAX_SERIES = 64_000_000, 1000
#: What pages and addresses can name: no comma and no star.
NAME = re.compile(r"[^\x00-\x1f\x7f,*]{1,200}")
LARGEST = 2**62
COLUMNS = ("steps", "tokens", "values")


class TooLarge(APIException):
    status_code = 413
    default_detail = f"A request has at most {MAX_BYTES:,} bytes: send the points in several."


class CappedJson(BaseParser):
    """JSON that is not read any further than it may be long, by a fast parser; NaN and Infinity as Python's json writes them pass.

    Not a JSONParser: of those Django REST framework reads the body beforehand, under Django's limit of 2.5 MB.
    """

    media_type = "application/json"

    def parse(self, stream, media_type=None, parser_context=None):
        body = stream.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise TooLarge
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:  # not JSON, or what Python's json makes of NaN
            try:
                return json.loads(body)
            except (ValueError, RecursionError) as error:
                raise ParseError(f"This is not JSON that can be read: {error}.") from None


def read(body) -> dict[str, Columns]:
    """Series by name from ``{"series": {name: {"steps": [...], "tokens": [...], "values": [...], "time": [...]}}}``.

    ``time`` (seconds since the epoch) may be left out: now. A value that is null is not a number (NaN). ``UserError`` with the field.
    """
    series = body.get("series") if isinstance(body, dict) else None
    if not isinstance(series, dict) or not series:
        raise UserError("Give series: a mapping of names to steps, tokens and values.", field="series")
    if len(series) > MAX_SERIES:
        raise UserError(f"Send at most {MAX_SERIES:,} series at once.", field="series")
    now = time.time()
    return {name: _columns(name, given, now) for name, given in series.items()}


def _columns(name: str, given, now: float) -> Columns:
    where = f"series.{name[:200]}"
    if not NAME.fullmatch(name):
        raise UserError(
            "A name has 1 to 200 characters, and neither comma nor star nor control characters.", field=where
        )
    if not isinstance(given, Mapping) or any(key not in given for key in COLUMNS):
        raise UserError(f"{name} is given as steps, tokens and values: three lists.", field=where)
    steps, tokens = (_whole(given[key], f"{where}.{key}") for key in ("steps", "tokens"))
    values = _floats(given["values"], f"{where}.values")
    times = _floats(given["time"], f"{where}.time") if given.get("time") is not None else np.full(len(steps), now)
    if len({len(steps), len(tokens), len(values), len(times)}) > 1:
        raise UserError(f"The lists of {name} have different lengths.", field=where)
    if not np.isfinite(times).all():
        raise UserError("Times are seconds since the epoch.", field=f"{where}.time")
    return Columns(steps, tokens, times, values)


def _whole(values, field: str) -> np.ndarray:
    array = _array(values, field)
    if array.dtype.kind not in "iu" and len(array) or (array < 0).any() or (array > LARGEST).any():
        raise UserError("These are whole numbers of 0 or more.", field=field)
    return array.astype("i8", copy=False)


def _floats(values, field: str) -> np.ndarray:
    array = _array(values, field)
    if array.dtype.kind not in "iufO" or (array.dtype.kind == "O" and not all(_is_number(value) for value in values)):
        raise UserError("These are numbers, or null.", field=field)
    return array.astype("f8", copy=False)


def _array(values, field: str) -> np.ndarray:
    try:
        array = np.asarray(values)
    except (ValueError, OverflowError):
        array = None
    if not isinstance(values, list) or array is None or array.ndim != 1:
        raise UserError("This is a list of numbers.", field=field)
    return array


def _is_number(value) -> bool:
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) < 2**1023
    return value is None or isinstance(value, float)
