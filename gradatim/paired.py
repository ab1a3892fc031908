"""Whether two settings differ, over several seeds: the differences seed by seed, with an interval and what it allows to say.

Differences are taken within a seed, so that what a seed does to both settings falls out of them. The interval is a bootstrap of their
mean: BCa where that is defined, else by percentiles. Of few seeds it is too narrow (of three it hardly exceeds what was seen), so a
difference is *told* only where Student's interval leaves out 0, too: under no difference that happens in at most one of twenty
comparisons of normal differences, however few seeds there are.
"""

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from gradatim.errors import UserError

LEVEL = 0.95
RESAMPLES = 9_999
#: Nobody trains more: a difference that needs them is too small to look for.
MOST_SEEDS = 1000


@dataclass(frozen=True, slots=True)
class Paired:
    """The ``mean`` of the differences of ``seeds`` pairs. ``low`` and ``high`` are None where no interval is defined: of one seed, or
    where all differences are equal. ``method``: BCa, percentile, or empty. ``needed``: about how many seeds would tell a difference of this
    mean and spread; None where nobody can know, ``MOST_SEEDS`` + 1 for more than those."""

    seeds: int
    mean: float
    low: float | None = None
    high: float | None = None
    method: str = ""
    told: bool = False
    needed: int | None = None


def paired(differences: Sequence[float], *, seed: int, level: float = LEVEL, resamples: int = RESAMPLES) -> Paired:
    """The differences' mean with its interval; ``seed`` is that of the resampling, equal input gives equal output."""
    import numpy as np

    values = np.asarray(differences, np.float64)
    if not len(values) or not np.isfinite(values).all():
        raise UserError("Give at least one finite difference, one a seed.", field="differences")
    mean, n = float(values.mean()), len(values)
    # equal up to a rounding: neither a bootstrap nor a number of seeds says anything of a spread that is none
    if n == 1 or np.ptp(values) <= 1e-12 * max(1.0, float(np.abs(values).max())):
        return Paired(n, mean)
    low, high, method = _bootstrap(values, seed, level, resamples)
    spread = float(values.std(ddof=1))
    told = (low > 0 or high < 0) and _half_width(n, spread, level) < abs(mean)
    return Paired(n, mean, low, high, method, told, _needed(mean, spread, level))


def sentence(found: Paired, *, measure: str, first: str, second: str, unit: str = "") -> str:
    """What may be said of ``measure`` in ``first`` less ``second``: never more than the seeds carry."""
    unit = f" {unit}" if unit else ""
    text = f"{measure}: {first} less {second} is {_signed(found.mean)}{unit}"
    if found.seeds == 1:
        return f"{text} in one seed. One seed: nothing is claimed."
    if found.low is None:
        return f"{text} in each of {found.seeds} seeds, so there is no interval and nothing is claimed."
    text += f" in the mean of {found.seeds} seeds ({LEVEL * 100:.0f} % interval {_signed(found.low)} to {_signed(found.high)})"
    if found.told:
        return f"{text}: {'higher' if found.mean > 0 else 'lower'} in {first}."
    holds = "the interval holds 0" if found.low <= 0 <= found.high else "too few seeds for so narrow an interval"
    return f"{text}: {holds}, and nothing is claimed.{_how_many(found)}"


def _how_many(found: Paired) -> str:
    if found.needed is None:
        return ""
    if found.needed > MOST_SEEDS:
        return f" More than {MOST_SEEDS:,} seeds would be needed to tell so small a difference."
    return f" If difference and spread stay as they are, about {max(found.needed, found.seeds + 1)} seeds would tell."


def _bootstrap(values, seed: int, level: float, resamples: int) -> tuple[float, float, str]:
    import numpy as np
    from scipy.stats import bootstrap

    for method in ("BCa", "percentile"):
        with warnings.catch_warnings():  # of a degenerate distribution BCa warns, divides by 0 and answers NaN
            warnings.simplefilter("ignore")
            interval = bootstrap(
                (values,),
                np.mean,
                vectorized=True,
                n_resamples=resamples,
                confidence_level=level,
                method=method,
                rng=np.random.default_rng(seed),
            ).confidence_interval
        low, high = float(interval.low), float(interval.high)
        if math.isfinite(low) and math.isfinite(high):
            return low, high, method
    raise AssertionError("percentiles of finite means are finite")


def _half_width(n: int, spread: float, level: float) -> float:
    """Of Student's interval of the mean of ``n`` differences."""
    from scipy.special import stdtrit

    return float(stdtrit(n - 1, (1 + level) / 2)) * spread / math.sqrt(n)


def _needed(mean: float, spread: float, level: float) -> int | None:
    if not mean:
        return None
    low, high = 2, MOST_SEEDS + 1
    if _half_width(MOST_SEEDS, spread, level) >= abs(mean):
        return MOST_SEEDS + 1
    while low < high:  # the half width falls with n
        middle = (low + high) // 2
        low, high = (low, middle) if _half_width(middle, spread, level) < abs(mean) else (middle + 1, high)
    return low


def _signed(value: float) -> str:
    digits = 3 if abs(value) < 10 else 1
    text = f"{value:+,.{digits}f}"
    return text[1:] if float(text.replace(",", "")) == 0 else text.replace("-", "\N{MINUS SIGN}")
