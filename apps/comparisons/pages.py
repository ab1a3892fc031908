"""What a comparison's page shows beside what it says: its figures' addresses, its forms, what may be done."""

from django.urls import reverse
from django.utils.http import urlencode

from apps.accounts.models import User
from apps.common.roles import may_edit
from apps.comparisons.forms import SaveForm
from apps.comparisons.models import Comparison
from apps.comparisons.selectors import AXES, Compared
from apps.runs.pages import AXES as AXIS_WORDS
from apps.runs.series import names_apart
from apps.shares.forms import ShareForm
from gradatim.errors import UserError

AXIS_CHOICES = [pair for pair in AXIS_WORDS if pair[0] in AXES]


def panels(domains: list[str], address: str, chosen: str = "") -> list[dict]:
    """One evaluation panel a domain, and the training loss. ``address`` of figures has ``{name}`` and ends in a query."""
    evaluations = [
        {
            "id": f"evaluation-{place}",
            "title": f"{domain[:1].upper()}{domain[1:]} loss, held out",
            "url": f"{address.format(name='evaluation-loss')}&{urlencode({'domain': domain})}",
            "domain": domain,
            "hidden": chosen not in ("", domain),
        }
        for place, domain in enumerate(domains)
    ]
    if not domains:
        evaluations = [{"id": "evaluation", "title": "Evaluation loss", "url": address.format(name="evaluation-loss")}]
    training = {"id": "training", "title": "Training loss", "url": address.format(name="training-loss")}
    return [*evaluations, training]


def comparison_page(*, compared: Compared, user: User, saved: Comparison | None, error: UserError | None) -> dict:
    runs, view = compared.runs, compared.view
    project = runs[0].project if len({run.project_id for run in runs}) == 1 else None
    names = ",".join(str(run.pk) for run in runs)
    title = saved.name if saved else f"{len(runs)} runs compared" if len(runs) > 1 else runs[0].name
    state = urlencode({"runs": names, **view.stored()})
    figure = reverse("api:compare-figure", args=["NAME"]).replace("NAME", "{name}")
    return {
        "compared": compared,
        "saved": saved,
        "title": title,
        "project": project,
        "may_edit": bool(project) and may_edit(user, project),
        "view": view,
        "view_error": error,
        "axes": AXIS_CHOICES,
        "names": names,
        "run_names": names_apart(runs),
        "table_url": f"{reverse('comparisons:table')}?{state}",
        "panels": panels(compared.domains, f"{figure}?{urlencode({'runs': names, 'axis': view.axis})}", view.domain),
        "share_form": ShareForm(initial={"title": title, "question": saved.question if saved else "", "days": 30}),
        "save_form": SaveForm(),
    }
