"""Units a second of the current phase, over the last half minute: a forecast follows what is happening now."""

from collections import deque

from gradatim.events import Progress

WINDOW_SECONDS = 30.0


class Rate:
    def __init__(self):
        self._phase: tuple[str, str] | None = None
        self._seen: deque[tuple[float, float]] = deque()

    def after(self, progress: Progress, at: float) -> float | None:
        """The rate once this is known; None until a phase has gone on for a moment."""
        phase = (progress.phase, progress.unit)
        if phase != self._phase or (self._seen and progress.done < self._seen[-1][1]):
            self._phase, self._seen = phase, deque()
        self._seen.append((at, progress.done))
        while len(self._seen) > 2 and at - self._seen[1][0] > WINDOW_SECONDS:
            self._seen.popleft()
        seconds, units = at - self._seen[0][0], progress.done - self._seen[0][1]
        return units / seconds if seconds > 0 and units > 0 else None
