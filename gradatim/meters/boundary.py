"""Boundary sharpening: which scores the order begins and ends with.

end = (2 * mean u over the last tenth - 1) / 0.9, and start likewise over the first tenth: 1 where it holds exactly the highest
scores, -1 the lowest, 0 where it is like the whole. trend is Spearman's rank correlation of score and position. Pre-training is
said to want a low start and a high end, instruction tuning high scores at both; the end matters more.

Reversing an order exchanges start and end and turns the sign of the trend. Where scores are tied the extremes are out of reach.
"""

from dataclasses import dataclass

import numpy as np

EDGE = 0.10


@dataclass(frozen=True, slots=True)
class Boundary:
    start: float
    end: float
    trend: float

    @property
    def reading(self) -> str:
        first, last = _words(self.start), _words(self.end)
        if first == last:
            return f"Begins and ends with {first} scores ({_place(self.start)} and {_place(self.end)})."
        return f"Begins with {first} scores ({_place(self.start)}) and ends with {last} ones ({_place(self.end)})."


def boundary(u: np.ndarray) -> Boundary:
    n = len(u)
    edge = max(1, int(EDGE * n))
    reach = 1 - edge / n if n > 1 else 1.0
    start, end = (np.clip((2 * part.mean() - 1) / reach, -1, 1) for part in (u[:edge], u[-edge:]))
    return Boundary(float(start), float(end), _trend(u))


def _trend(u: np.ndarray) -> float:
    """Positions are ranks already, and u is linear in them: the correlation of the two is Spearman's. 0 without spread."""
    n = len(u)
    away = u - u.mean()
    place = np.arange(n) - (n - 1) / 2
    norm = np.sqrt((away @ away) * (place @ place))
    return float(np.clip(away @ place / norm, -1, 1)) if norm > 1e-9 else 0.0


def _words(value: float) -> str:
    if abs(value) < 0.1:
        return "average"
    side = "high" if value > 0 else "low"
    return f"the {side}est" if abs(value) > 0.9 else f"mostly {side}" if abs(value) > 0.4 else f"rather {side}"


def _place(value: float) -> str:
    return f"{round(value, 2) + 0.0:+.2f}".replace("-", "\N{MINUS SIGN}")
