"""Runs that differ in their seed alone, as one curve with its range."""

import numpy as np


def merged(points: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(x, mean, lowest, highest) of several series (x, y) where all of them have a finite point.

    What one seed alone has measured yet says nothing about the others and is left out.
    """
    kept = [(x[np.isfinite(y)], y[np.isfinite(y)]) for x, y in points]
    grid = kept[0][0]
    for x, _ in kept[1:]:
        grid = np.intersect1d(grid, x)
    values = np.array([y[np.searchsorted(x, grid)] for x, y in kept])
    return grid, values.mean(axis=0), values.min(axis=0), values.max(axis=0)


def groups(runs: list[dict]) -> dict[str, list[int]]:
    """The places of the runs by their ``group``, in order of first appearance; a run without one stands for itself."""
    found: dict[str, list[int]] = {}
    for k, record in enumerate(runs):
        found.setdefault(record.get("group") or f"run {k}", []).append(k)
    return found


def alone(runs: list[dict]) -> str:
    """The end of a sentence that ranks runs, where no setting has a second seed: what one seed says names no winner."""
    return "; each has one seed, which names no winner" if len(groups(runs)) == len(runs) else ""
