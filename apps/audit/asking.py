"""From where, and with which token, the request that this thread answers came: what services need not be handed down."""

from contextvars import ContextVar
from dataclasses import dataclass, replace

from apps.common.visitors import address_of


@dataclass(frozen=True, slots=True)
class Asking:
    """``token`` is the shown beginning of an API token; both are empty where no request is answered."""

    address: str = ""
    token: str = ""


NOBODY = Asking()
_now: ContextVar[Asking] = ContextVar("asking", default=NOBODY)


def now() -> Asking:
    return _now.get()


def with_token(prefix: str) -> None:
    """What is recorded from here on was asked for with this token."""
    _now.set(replace(_now.get(), token=prefix))


class Note:
    """Middleware: notes the address for as long as the request lasts."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        noted = _now.set(Asking(address=address_of(request)))
        try:
            return self.get_response(request)
        finally:
            _now.reset(noted)
