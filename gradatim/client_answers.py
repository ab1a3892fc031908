"""What answers a question, over the API: comparisons, studies, share links. A part of :class:`gradatim.client.Client`."""

from collections.abc import Mapping, Sequence
from typing import Any

from gradatim import records
from gradatim.records import Comparison, Share, Study
from gradatim.transport import Transport, query

Row = Any


class Answers(Transport):
    """Of several runs together. What a kind of study asks for is in docs/studies.md."""

    def save_comparison(self, project: Row, name: str, runs: Sequence[Row], question: str = "") -> Comparison:
        asked = {"name": name, "question": question, "runs": [_key(run) for run in runs]}
        return self._made(f"projects/{_key(project)}/comparisons/", Comparison, **asked)

    def compare(self, runs: Sequence[Row]) -> dict:
        """finals, settings (that differ), answers, findings, evidence, gaps, forgetting, signatures, over_seeds and meters of a
        comparison, as the page says them."""
        asked = query(runs=",".join(_key(run) for run in runs))
        return self._ask("GET", f"compare/table/{asked}") | self._ask("GET", f"compare/diagnostics/{asked}")

    def shares(self, project: Row) -> list[Share]:
        return self._list(f"projects/{_key(project)}/shares/", Share)

    def share(
        self,
        project: Row,
        title: str,
        runs: Sequence[Row],
        *,
        question: str = "",
        days: int = 30,
        frozen: bool = False,
    ) -> Share:
        """A link for anybody who has it: ``url`` is in this answer alone. ``frozen``: it goes on showing what is shown now."""
        asked = {"title": title, "question": question, "runs": [_key(run) for run in runs], "days": days}
        asked |= {"frozen": True} if frozen else {}
        return self._made(f"projects/{_key(project)}/shares/", Share, **asked)

    def revoke_share(self, share: Row) -> None:
        self._ask("DELETE", f"shares/{_key(share)}/")

    def forecast_study(self, project: Row, kind: str, **params) -> dict:
        """What a study would take: runs that are there and made, tokens, steps and seconds of those that are made, by arm. Nothing is made.

        ``params`` are those of the kind; rows are given as they came, or by their ids.
        """
        asked = {"kind": kind, "params": _named(params)}
        return self._ask("POST", f"projects/{_key(project)}/studies/forecast/", body=asked)

    def run_study(self, project: Row, kind: str, *, name: str = "", question: str = "", **params) -> Study:
        """Queue what a study lacks and save its comparison; asked once more it is the same study."""
        asked = {"kind": kind, "params": _named(params), "name": name, "question": question}
        return records.of(Study, self._ask("POST", f"projects/{_key(project)}/studies/", body=asked))

    def cancel_study(self, study: Row) -> Study:
        """Cancel its runs that wait or are trained, also those that another study asks for, too."""
        return records.of(Study, self._ask("POST", f"studies/{_key(study)}/cancel/"))

    def studies(self, project: Row) -> list[Study]:
        return self._list(f"projects/{_key(project)}/studies/", Study)

    def study(self, study: Row) -> Study:
        """The study anew: how far it is."""
        return records.of(Study, self._ask("GET", f"studies/{_key(study)}/"))


def _named(params: Mapping) -> dict:
    """Parameters in which rows, alone and in lists, stand by their ids."""
    return {name: _by_id(value) for name, value in params.items()}


def _by_id(value: Any) -> Any:
    return [_by_id(item) for item in value] if isinstance(value, list | tuple) else getattr(value, "id", value)


def _key(row: Row) -> str:
    return str(getattr(row, "id", row))
