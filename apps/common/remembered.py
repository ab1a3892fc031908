"""Results that cost a second and depend on nothing that changes, kept in this process under what they depend on."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any


class Remembered:
    """The results that were asked for last, ``most`` of them. Two threads may make one at the same time: it is the same."""

    def __init__(self, most: int):
        self._most, self._found, self._lock = most, OrderedDict(), Lock()

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return self._found[key]
        made = make()
        with self._lock:
            self._found[key] = made
            while len(self._found) > self._most:
                self._found.popitem(last=False)
        return made
