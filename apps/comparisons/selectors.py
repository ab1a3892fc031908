"""A comparison of runs, from an address to what its page says. Signed-in and shared pages read the same thing here."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode
from uuid import UUID

from django.shortcuts import get_object_or_404

from apps.accounts.models import Project, User
from apps.comparisons import settings as run_settings
from apps.comparisons.answers import Answer, Final, against, answers_of, finals_of
from apps.comparisons.facts import Facts, domains_of, facts_of
from apps.comparisons.fairness import Fairness
from apps.comparisons.forgetting import Forgetting, forgetting_of, with_windows
from apps.comparisons.gaps import Gap, deepest_domain, gaps_beside, gaps_of, split
from apps.comparisons.models import Comparison
from apps.comparisons.over_seeds import FEW, SHOWN, OverSeeds, findings_of, over_seeds
from apps.comparisons.signatures import Signature, signatures_of
from apps.runs import figures, series
from apps.runs import selectors as runs_selectors
from apps.runs.models import Run
from gradatim.errors import UserError

AXES = figures.AXES
METRICS = ("loss", "bits_per_byte", "answer_loss", "training", "learning_rate")
SCALES = figures.SCALES
SMOOTHINGS = tuple(figures.SMOOTHINGS)
SEEDS = ("each", "mean")
PANELS = ("each", *figures.SMALL, "one")
KEYS = ("axis", "metric", "scale", "seeds", "smoothing", "panels", "domain", "baseline", "tolerance")
MAX_RUNS = 50


@dataclass(frozen=True, slots=True)
class View:
    """The state of a comparison page beside its runs. ``domain`` empty: all; ``tolerance`` in nats.

    ``baseline``: the place (from 1) of the run that the others are measured against, 0 for none.
    ``metric``: what is drawn; "loss" draws the training loss beside that of each domain. ``scale``: which axes are logarithmic. ``smoothing``: of the
    training loss, in percent of what is drawn, over the raw line.
    ``seeds`` "mean": evaluations of runs that differ in their seed alone are drawn as their mean with its range.
    ``panels``: of evaluations a large one a domain, small ones on the same scale or each on its own, or one for all domains.
    """

    axis: str = "tokens"
    metric: str = "loss"
    scale: str = "linear"
    seeds: str = "each"
    smoothing: str = "off"
    panels: str = "each"
    domain: str = ""
    baseline: int = 0
    tolerance: float = 0.0

    def stored(self) -> dict:
        """What a saved comparison or a share link keeps: only what is not default."""
        default = View()
        chosen = {key: getattr(self, key) for key in KEYS if getattr(self, key) != getattr(default, key)}
        return {key: value if isinstance(value, str) else f"{value:g}" for key, value in chosen.items()}

    def query(self) -> str:
        return urlencode(self.stored())


@dataclass(frozen=True, slots=True)
class Compared:
    """All that a comparison page says in words and tables. Of ``domains`` the one that lost most comes first. ``beside``: the gaps of tasks and of
    averaged weights.

    ``findings``: what several seeds say of the gap in the domain that is asked about. ``uncontrolled``: the runs whose gaps cannot be split, as nothing was trained on unchanged data with their schedule;
    ``lacking``: one of them for each control that would have to be.
    """

    runs: list[Run]
    view: View
    domains: list[str]
    answers: list[Answer]
    findings: list[str]
    evidence: list[str]
    gaps: list[Gap]
    beside: list[Gap]
    forgetting: list[Forgetting]
    signatures: list[Signature]
    over_seeds: list[OverSeeds]
    uncontrolled: list[Run]
    lacking: list[Run]
    finals: list[Final]
    difference: run_settings.Difference
    fairness: Fairness
    live: bool

    @property
    def leading(self) -> list[str]:
        """Of the findings what is read at once."""
        return self.findings if len(self.findings) <= FEW else self.findings[:SHOWN]

    @property
    def further(self) -> list[str]:
        """The findings after the leading ones."""
        return self.findings[len(self.leading) :]

    @property
    def repeated(self) -> bool:
        """Whether some runs differ in their seed alone."""
        return len({series.setting_of(run) for run in self.runs}) < len(self.runs)


def view_of(query: Mapping[str, str], fallback: Mapping | None = None) -> View:
    """The view that a query string asks for; what it leaves open comes from ``fallback``, a saved view."""
    said = {**(fallback or {}), **{key: query.get(key) for key in KEYS if key in query}}
    chosen = {}
    for key, known in (
        ("axis", AXES),
        ("metric", METRICS),
        ("scale", SCALES),
        ("seeds", SEEDS),
        ("smoothing", SMOOTHINGS),
        ("panels", PANELS),
    ):
        chosen[key] = said.get(key) or known[0]
        if chosen[key] not in known:
            raise UserError(f"The {key} is one of {', '.join(known)}.", field=key)
    baseline = str(said.get("baseline") or "0")
    if not (baseline.isdecimal() and baseline.isascii() and int(baseline[:9]) <= MAX_RUNS):
        raise UserError("The baseline is the place of a run in this comparison, from 1 on.", field="baseline")
    try:
        tolerance = float(said.get("tolerance") or 0)
    except (TypeError, ValueError):
        tolerance = -1.0
    if not 0 <= tolerance < 100:
        raise UserError("The tolerance is a number of nats, 0 or more.", field="tolerance")
    return View(**chosen, baseline=int(baseline), domain=str(said.get("domain") or "")[:100], tolerance=tolerance)


def with_baseline(view: View, runs: list[Run], said: Mapping) -> View:
    """Where an address says nothing of a baseline, the project's own is it, if it is among the runs."""
    if "baseline" in said:
        return view
    return replace(view, baseline=next((place for place, run in enumerate(runs, 1) if run.is_baseline), 0))


def ids_of(query) -> list[UUID]:
    """Run ids from ``runs=a,b`` or ``runs=a&runs=b``, each once, in order."""
    texts = [text.strip() for value in query.getlist("runs") for text in value.split(",") if text.strip()]
    try:
        ids = list(dict.fromkeys(UUID(text) for text in texts))
    except ValueError:
        raise UserError("An address of a comparison names its runs by their ids.", field="runs") from None
    if len(ids) > MAX_RUNS:
        raise UserError(f"A comparison holds at most {MAX_RUNS} runs.", field="runs")
    return ids


def visible_runs(*, user: User, ids: list[UUID], missing_ok: bool = False) -> list[Run]:
    """The runs in the order asked for; one that the user may not see, or that is gone, is 404 unless ``missing_ok``."""
    return runs_selectors.for_comparison(Run.objects.visible_to(user), ids, missing_ok=missing_ok)


def compare(runs: list[Run], view: View, *, siblings: bool = True) -> Compared:
    """Number of queries: constant in the number of runs. ``siblings``: controls outside the comparison count, too."""
    return compared_of(facts_of(runs, siblings=siblings), view)


def compared_of(facts: Facts, view: View) -> Compared:
    """What the facts come to in a view; nothing is read any more."""
    runs, evaluations = facts.runs, facts.evaluations
    all_runs = [*runs, *facts.outside]
    names = [*series.names_apart(runs), *(run.name for run in facts.outside)]
    every = split(gaps_of(all_runs, names, evaluations, view.tolerance), all_runs, facts.controls)
    gaps = [gap for gap in every if gap.run < len(runs)]
    first = deepest_domain(gaps)
    domains = sorted(domains_of(runs, evaluations), key=lambda domain: (domain != first, domain))
    if view.domain not in domains:
        view = replace(view, domain="")
    if len(domains) < 2:
        view = replace(view, panels="each")
    if view.baseline > len(runs):
        view = replace(view, baseline=0)
    forgetting, of_domains = forgetting_of(runs, evaluations, facts.learned)
    gaps = with_windows(gaps, of_domains)
    finals = finals_of(runs, evaluations, domains)
    asked = [domain for domain in domains if view.domain in ("", domain)]
    seeds = over_seeds(runs, gaps, finals, asked, max(view.baseline, 1) - 1)
    return Compared(
        runs=runs,
        view=view,
        domains=domains,
        answers=answers_of(runs, gaps, evaluations, view.domain or first),
        findings=findings_of(seeds, view.domain or first),
        evidence=facts.evidence,
        gaps=sorted(
            (gap for gap in gaps if gap.domain in asked),
            key=lambda gap: (gap.run, domains.index(gap.domain), gap.phase_start),
        ),
        beside=[gap for gap in gaps_beside(runs, names[: len(runs)], facts.beside) if view.domain in ("", gap.domain)],
        forgetting=forgetting,
        signatures=[found for found in signatures_of(runs, evaluations) if found.domain in asked],
        over_seeds=seeds,
        uncontrolled=[run for run in runs if run.base_id and run.pk not in facts.controls],
        lacking=facts.lacking,
        finals=against(finals, view.baseline - 1) if view.baseline else finals,
        difference=facts.difference,
        fairness=facts.fairness,
        live=any(run.goes_on for run in runs),
    )


def comparisons_of(*, project: Project, user: User):
    return Comparison.objects.visible_to(user).filter(project=project).select_related("created_by")


def visible_comparison(*, user: User, pk: UUID) -> Comparison:
    return get_object_or_404(Comparison.objects.visible_to(user).select_related("project"), pk=pk)
