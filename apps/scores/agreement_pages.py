"""What the page about the agreement of score sets shows."""

from collections.abc import Mapping

from django.urls import reverse
from django.utils.http import urlencode

from apps.common.templatetags.ui import score_name
from apps.datasets.models import DatasetVersion
from apps.scores import agreement
from apps.scores.forms import BetweenForm
from apps.scores.models import ScoreSet
from gradatim.errors import UserError

MEANINGS = {"harder": "harder", "easier": "easier", "better": "better", "worse": "worse"}


def page(version: DatasetVersion, query: Mapping[str, str]) -> dict:
    """Everything of the page; where no pair can be shown, the sentence ``problem`` instead of it."""
    sets = agreement.finished_sets(version)
    context = {"version": version, "project": version.dataset.project, "sets": sets, "matrix": _matrix(version, sets)}
    try:
        pair = agreement.pair_of(version, *agreement.chosen(sets, query), query.get("domain", ""))
    except UserError as error:
        return context | {"problem": error.sentence}
    return context | _of_pair(pair, query) | {"figure": _url("scores:agreement-figure", pair)}


def facts(pair: agreement.Pair) -> dict:
    """A pair with its biggest disagreements, as the API tells it."""
    above, below = agreement.disagreements(pair)
    return {
        "pair": pair,
        "samples": len(pair.positions),
        "correlation": pair.correlation,
        "means": means(pair.one, pair.other),
        "domains": agreement.domains(pair),
        "above": above,
        "below": below,
    }


def _of_pair(pair: agreement.Pair, query: Mapping[str, str]) -> dict:
    form = BetweenForm(query, names=(score_name(pair.one), score_name(pair.other)))
    stretches = form.stretches() if form.is_valid() else None
    names = {"one_name": score_name(pair.one), "other_name": score_name(pair.other)}
    shown = {"found": agreement.between(pair, *stretches, query.get("page", 1))} if stretches else {}
    if not stretches:
        shown = dict(zip(("above", "below"), agreement.disagreements(pair), strict=True))
    return {
        **names,
        **shown,
        "pair": pair,
        "form": form,
        "correlation": pair.correlation,
        "means": means(pair.one, pair.other),
        "ends": _ends(pair, *names.values()),
        "domains": [
            {**row, "url": _url("scores:agreement", pair, domain=row["name"])} for row in agreement.domains(pair)
        ],
        "whole": _url("scores:agreement", pair),
    }


def means(one: ScoreSet, other: ScoreSet) -> str:
    """What the sign of a correlation says here, from what a higher score means in each."""
    a, b = (row.artifact.meta["higher_means"] for row in (one, other))
    names = score_name(one), score_name(other)
    if agreement.sense_of(one, other) > 0:
        return f"A higher score is {a} in both: where they agree, the correlation is positive."
    if agreement.sense_of(one, other) < 0:
        return (
            f"They point in opposite directions: higher is {a} by {names[0]} and {b} by {names[1]}. "
            "Where they agree, the correlation is negative."
        )
    if a in MEANINGS and b in MEANINGS:
        return (
            f"They are about different things: higher is {a} by {names[0]} and {b} by {names[1]}. "
            f"A positive correlation says that what is {a} tends to be {b}."
        )
    silent = [name for name, meaning in zip(names, (a, b), strict=True) if meaning not in MEANINGS]
    verb = "say" if len(silent) > 1 else "says"
    return (
        f"{' and '.join(silent)} {verb} nothing about good or hard: a positive correlation says only that both put "
        "the samples in the same order."
    )


def _ends(pair: agreement.Pair, one: str, other: str) -> tuple[str, str]:
    """What stands above the two lists of disagreements."""
    if pair.sense < 0:
        return f"High by {one} and by {other}", f"Low by {one} and by {other}"
    return f"High by {one}, low by {other}", f"Low by {one}, high by {other}"


def _matrix(version: DatasetVersion, sets: list[ScoreSet]) -> dict:
    """Rows of cells with the correlation of two sets and the address of their page; empty for fewer than three sets."""
    if len(sets) < 3:
        return {}
    shown = sets[-agreement.MATRIX :]
    address = reverse("scores:agreement", args=[version.pk])
    rows = [
        {
            "set": one,
            "cells": [
                {"value": value, "url": f"{address}?{urlencode({'a': one.pk, 'b': other.pk})}" if one != other else ""}
                for other, value in zip(shown, values, strict=True)
            ],
        }
        for one, values in zip(shown, agreement.matrix(shown), strict=True)
    ]
    return {"sets": shown, "rows": rows, "left_out": len(sets) - len(shown)}


def _url(name: str, pair: agreement.Pair, **query) -> str:
    asked = {"a": pair.one.pk, "b": pair.other.pk, **({"domain": pair.domain} if pair.domain else {}), **query}
    return f"{reverse(name, args=[pair.one.version_id])}?{urlencode(asked)}"
