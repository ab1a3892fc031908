"""Requests of :mod:`gradatim.client`: JSON to and from an installation, its refusals as exceptions; the standard library alone."""

import json
import urllib.error
import urllib.parse
import urllib.request
import uuid
from typing import Any, TypeVar

from gradatim import records
from gradatim.errors import UserError
from gradatim.redirects import NoRedirect

PAGE = 200
T = TypeVar("T")


class Refused(UserError):
    """The server's answer to something that cannot be done; ``status`` is the HTTP status."""

    def __init__(self, sentence: str, *, field: str = "", status: int = 0):
        super().__init__(sentence, field=field)
        self.status = status


class Transport:
    """An installation's API, asked with a token."""

    def __init__(self, url: str, token: str, *, timeout: float = 60.0):
        if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
            raise UserError("Give the address of the installation, like https://gradatim.example.org.", field="url")
        self._base = url.rstrip("/") + "/api/v1/"
        self._timeout = timeout
        self._opener = urllib.request.build_opener(NoRedirect)
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}

    def _made(self, path: str, kind: type[T], **asked) -> T:
        return records.of(kind, self._ask("POST", path, body=asked))

    def _list(self, path: str, kind: type[T]) -> list[T]:
        rows, count = [], 1
        while len(rows) < count:
            page = self._ask("GET", f"{path}{query(limit=PAGE, offset=len(rows))}")
            rows += [records.of(kind, row) for row in page["results"]]
            count = page["count"] if page["results"] else 0
        return rows

    def _ask(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        data: bytes | None = None,
        parts: dict[str, bytes] | None = None,
    ) -> Any:
        """``body`` goes as JSON, ``data`` as it is, ``parts`` as the files of a form."""
        headers = dict(self._headers)
        if parts is not None:
            data, headers["Content-Type"] = _form(parts)
        elif data is not None:
            headers["Content-Type"] = "application/octet-stream"
        elif body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        request = urllib.request.Request(self._base + path, data=data, headers=headers, method=method)
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                said = answer.read()
        except urllib.error.HTTPError as error:
            raise _refused(error) from None
        except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
            reason = getattr(error, "reason", error)
            raise UserError(f"{self._base} cannot be reached: {reason}.", field="url") from None
        try:
            return json.loads(said) if said else None
        except ValueError:
            raise UserError(
                f"{self._base} answers, but not as an installation of Gradatim does.", field="url"
            ) from None


def _form(parts: dict[str, bytes]) -> tuple[bytes, str]:
    """multipart/form-data, and its type with a boundary that no part holds but by a chance of 2 to the power of 128."""
    boundary = uuid.uuid4().hex
    pieces = []
    for name, content in parts.items():
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n\r\n'
        pieces += [head.encode(), content, b"\r\n"]
    return b"".join([*pieces, f"--{boundary}--\r\n".encode()]), f"multipart/form-data; boundary={boundary}"


def _refused(error: urllib.error.HTTPError) -> Refused:
    try:
        problem = json.loads(error.read())
        messages = problem.get("errors") or {}
        sentence = " ".join(messages[problem["field"]]) if messages else problem["detail"]
        return Refused(sentence, field=problem.get("field", ""), status=error.code)
    except (ValueError, KeyError, TypeError, AttributeError):
        return Refused(f"The server answered {error.code} {error.reason}.", status=error.code)


def query(**values) -> str:
    asked = {key: value for key, value in values.items() if value not in (None, "")}
    return f"?{urllib.parse.urlencode(asked)}" if asked else ""
