"""What a comparison's page shows beside what it says: its figures' addresses, its forms, what may be done."""

import functools
from collections.abc import Collection

from django.urls import reverse
from django.utils.http import urlencode

from apps.accounts.models import User
from apps.common.markdown import rendered
from apps.common.roles import may_edit
from apps.comparisons.forms import SaveForm
from apps.comparisons.leads import MANY, leads_of
from apps.comparisons.models import Comparison
from apps.comparisons.selectors import AXES, Compared, View
from apps.runs import figures
from apps.runs.models import Run
from apps.runs.pages import AXES as AXIS_WORDS
from apps.runs.pages import SCALES, SMOOTHINGS
from apps.runs.selectors import phases_of
from apps.runs.series import group_names, names_apart
from apps.shares import selectors as shares
from apps.shares.forms import ShareForm
from gradatim import registry
from gradatim.errors import UserError

_EVALUATED = "loss bits_per_byte answer_loss"
CHOICES = {
    "axes": [pair for pair in AXIS_WORDS if pair[0] in AXES],
    "metrics": [
        ("loss", "Loss"),
        ("bits_per_byte", "Bits per byte"),
        ("answer_loss", "Loss on answers"),
        ("training", "Training loss"),
        ("learning_rate", "Learning rate"),
    ],
    "scales": SCALES,
    "smoothings": SMOOTHINGS,
    "seed_choices": [("each", "Each by itself"), ("mean", "Mean and range")],
    "panel_choices": [
        ("each", "One a domain"),
        ("same", "Small, same scale"),
        ("own", "Small, own scales"),
        ("one", "All in one"),
    ],
}


#: What the marks on the curves are (gradatim.plots).
MARKS = (
    "\N{BLACK UP-POINTING TRIANGLE} trough, \N{WHITE CIRCLE} recovery, thin dotted line: the level before the shift."
)


@functools.cache
def formulas() -> list[dict]:
    """The definitions of the figures, as their methods have them."""
    return [registry.describe("diagnostics", name) for name in ("stability_gap", "continual")]


def panels(domains: list[str], address: str, view: View, lost: Collection[str]) -> list[dict]:
    """One evaluation panel a domain, training loss and learning rate; of these the page shows what the view asks for.

    ``address`` of figures has ``{name}`` and ends in a query. ``metrics`` are those under which a panel is shown. ``lost``: domains
    whose curves carry the marks of a gap. ``together`` and ``apart``: one panel stands for all domains, or not.
    """
    together = view.panels == "one" and not view.domain and len(domains) > 1

    def panel(key: str, title: str, figure: str, metrics: str, domain: str = "", panels: str = "") -> dict:
        url = address.format(name=figure) + (f"&{urlencode({'domain': domain})}" if domain else "")
        hidden = view.metric not in metrics.split() or bool(domain) and view.domain not in ("", domain)
        hidden |= {"together": not together, "apart": together}.get(panels, False)
        about = {
            "id": key,
            "title": title,
            "figure": figure,
            "url": url,
            "metrics": metrics,
            "domain": domain,
            "panels": panels,
            "size": "tall" if panels == "together" else "",
            "hidden": hidden,
        }
        return about | {"help": MARKS if domain in lost else ""}

    apart = "apart" if len(domains) > 1 else ""
    evaluations = [
        panel(
            f"evaluation-{place}", f"{name[:1].upper()}{name[1:]}, held out", "evaluation-loss", _EVALUATED, name, apart
        )
        for place, name in enumerate(domains)
    ]
    if apart:
        evaluations += [panel("evaluation-all", "All held-out data", "evaluation-loss", _EVALUATED, panels="together")]
    return [
        *(evaluations or [panel("evaluation", "Evaluation", "evaluation-loss", _EVALUATED)]),
        panel("training", "Training loss", "training-loss", "loss training"),
        panel("learning-rate", "Learning rate", "learning-rate", "learning_rate"),
    ]


def figure_query(view: View) -> dict:
    """What every figure of the page is asked for."""
    asked = {"axis": view.axis, "metric": view.metric, "scale": view.scale, "seeds": view.seeds}
    return asked | {"smoothing": view.smoothing} | ({"panels": view.panels} if view.panels in figures.SMALL else {})


def legend_of(compared: Compared) -> list[tuple[str, list[tuple[int, str]]]]:
    """What small panels share, as (title, lines), a line as (place, name): means in the colour of their first run, and beside them the
    runs of what has no means."""
    view, each = compared.view, list(enumerate(names_apart(compared.runs)))
    if view.seeds != "mean" or view.axis in ("time", "clock") or not compared.repeated:
        return [("", each)]
    groups = group_names(compared.runs)
    means = [
        (groups.index(name), f"{name}, mean of {groups.count(name)} runs" if groups.count(name) > 1 else name)
        for name in dict.fromkeys(groups)
    ]
    words = dict(CHOICES["metrics"])
    alone = {"loss": words["training"], "training": words["training"], "learning_rate": words["learning_rate"]}
    return [("", means), *([(alone[view.metric], each)] if view.metric in alone else [])]


def outgrown(request, compared: Compared) -> bool:
    """Whether a live page asks that was drawn before some domain was measured: its charts and choices are too few."""
    drawn = request.headers.get("X-Domains", "") if request.htmx else ""
    return drawn not in ("", str(len(compared.domains)))


def marked(compared: Compared) -> set[str]:
    """The domains in which some run lost something after a shift."""
    return {gap.domain for gap in compared.gaps if gap.trough_at is not None}


def marks_of(compared: Compared) -> str:
    """What small panels say once of the marks that their curves carry."""
    drawn = compared.view.metric == "loss" and compared.view.seeds == "each"
    return MARKS if drawn and marked(compared) else ""


def names_of(runs: list[Run]) -> str:
    return ",".join(str(run.pk) for run in runs)


def address(runs: list[Run], view: View) -> str:
    return f"{reverse('comparisons:compare')}?{urlencode({'runs': names_of(runs), **view.stored()})}"


def downloads(state: str, *addresses: str) -> list[tuple[str, str]]:
    """(word, address) of each form in which the tables can be taken away."""
    return [(word, f"{url}?{state}") for word, url in zip(("CSV", "Markdown", "LaTeX"), addresses, strict=True)]


def controls_said(added: list[Run], queued: int) -> str:
    """What became of asking for controls."""
    if not queued:
        return f"{added[0].name} was there already: it is compared, too."
    tokens = sum(phase["tokens"] for phase in added[0].version.draft["phases"])
    return f"{queued} control{'' if queued == 1 else 's'} of {tokens:,} tokens {'is' if queued == 1 else 'are'} queued and compared."


def comparison_page(*, compared: Compared, user: User, saved: Comparison | None, error: UserError | None) -> dict:
    runs, view = compared.runs, compared.view
    project = runs[0].project if len({run.project_id for run in runs}) == 1 else None
    names = names_of(runs)
    title = saved.name if saved else f"{len(runs)} runs compared" if len(runs) > 1 else runs[0].name
    state = urlencode({"runs": names, **view.stored()})
    figure = reverse("api:compare-figure", args=["NAME"]).replace("NAME", "{name}")
    return {
        "compared": compared,
        "saved": saved,
        "notes": rendered(saved.notes) if saved and saved.notes else "",
        "title": title,
        "project": project,
        "may_edit": bool(project) and may_edit(user, project),
        "view": view,
        "view_error": error,
        "formulas": formulas(),
        "control_tokens": sum(phases_of(run)[-1]["stop"] for run in compared.lacking),
        **CHOICES,
        "names": names,
        "run_names": names_apart(runs),
        "legend": legend_of(compared),
        "marks": marks_of(compared),
        "downloads": downloads(
            state, reverse("comparisons:table"), reverse("comparisons:markdown"), reverse("comparisons:latex")
        ),
        "export_url": f"{reverse('shares:export')}?{state}" + (f"&{urlencode({'saved': saved.pk})}" if saved else ""),
        "leads": leads_of(compared),
        "fold": len(runs) > MANY,
        "panels": panels(
            compared.domains,
            f"{figure}?{urlencode({'runs': names, **figure_query(view)})}",
            compared.view,
            marked(compared),
        ),
        "visible": shares.visible_in(runs, compared.difference),
        "share_form": ShareForm(initial={"title": title, "question": saved.question if saved else "", "days": 30}),
        "save_form": SaveForm(),
    }
