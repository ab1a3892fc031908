"""Requests that arrive at a given rate, whether or not earlier ones were answered, and how long each took from its arrival."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Arrived(NamedTuple):
    """``seconds`` (n,) from when a request was due to the end of its answer; ``rate``: answers a second; ``size``: bytes of the last body."""

    seconds: np.ndarray
    rate: float
    size: int
    failed: int


class _Visitor(asyncio.Protocol):
    """One kept connection that has at most one request under way."""

    def __init__(self, free: asyncio.Queue):
        self._free, self._done, self._head, self._left = free, None, b"", 0

    def connection_made(self, transport):
        self.transport = transport
        self._free.put_nowait(self)

    def ask(self, request: bytes, done) -> None:
        self._done, self._head, self._left = done, b"", -1
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        if self._left < 0:
            self._head += data
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return
            head, data = self._head[:end].lower(), self._head[end + 4 :]
            self.ok = head.startswith(b"http/1.1 200")
            self.size = self._left = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        self._left -= len(data)
        if not self._left:
            self._done(self)
            self._free.put_nowait(self)


async def _sent(port: int, requests: Sequence[bytes], rate: float, seconds: float, connections: int) -> Arrived:
    loop, free, took, failed = asyncio.get_running_loop(), asyncio.Queue(), [], 0
    opened = [await loop.create_connection(lambda: _Visitor(free), "127.0.0.1", port) for _ in range(connections)]
    begun, size = loop.time() + 0.1, 0
    last = begun

    def done(due):
        def told(visitor):
            nonlocal failed, size, last
            last = loop.time()
            took.append(last - due)
            failed, size = failed + (not visitor.ok), visitor.size

        return told

    count = int(rate * seconds)
    for number in range(count):
        due = begun + number / rate
        if (wait := due - loop.time()) > 0:
            await asyncio.sleep(wait)
        visitor = await free.get()  # the wait for a free connection counts: it is the server that is behind
        visitor.ask(requests[number % len(requests)], done(due))
    while len(took) < count:
        await asyncio.sleep(0.01)
    for transport, _ in opened:
        transport.close()
    return Arrived(np.asarray(took), count / (last - begun), size, failed)


def sent(
    port: int,
    requests: Sequence[bytes],
    *,
    rate: float,
    seconds: float = 10,
    connections: int = 64,
    patience: float = 120,
) -> Arrived:
    """``requests`` (whole HTTP/1.1 messages) in turn, ``rate`` a second over kept connections to this machine; evenly apart."""
    return asyncio.run(asyncio.wait_for(_sent(port, requests, rate, seconds, connections), patience))
