"""Ctrl-C and its relatives, as one exception at a moment when it does no harm."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """Somebody asked the launcher to stop."""


class Interrupts:
    """The first signal raises :class:`Stopped`, once nothing holds it back; ``again`` is called for every later one.

    Handlers are set explicitly: a shell's "&" starts programs with SIGINT ignored.
    """

    def __init__(self, again=lambda: None):
        self.count, self.held, self.again = 0, 0, again

    def install(self) -> None:
        for number in SIGNALS:
            signal.signal(number, self.receive)

    def receive(self, number, frame) -> None:
        self.count += 1
        if self.count > 1:
            self.again()
        elif not self.held:
            raise Stopped

    @contextmanager
    def hold(self) -> Iterator[None]:
        """A child that is being forked and noted down must not be lost in between."""
        before, self.held = self.count, self.held + 1
        try:
            yield
        finally:
            self.held -= 1
        if not self.held and not before and self.count:
            raise Stopped
