"""Pages of studies: one that is being asked for, with its forecast, and the list with how far each is."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest
from django.urls import reverse

from apps.accounts.models import Project, User
from apps.studies import services
from apps.studies.fields import StudyForm
from apps.studies.forecast import forecast_of
from apps.studies.kinds import KINDS, design_of, help_of
from apps.studies.models import Study
from gradatim.errors import UserError


@dataclass
class Draft:
    """A study that is being asked for. ``form`` None: the project has not what this kind starts from. ``submitted``: not merely asked what it
    would take."""

    project: Project
    kind: str
    form: StudyForm | None = None
    submitted: bool = False

    def create(self, *, by: User) -> tuple[Study, int] | None:
        """The study and how many runs were queued; None where something is wrong, which the form then says at its field."""
        if not (self.submitted and self.form and self.form.is_valid()):
            return None
        try:
            asked = {"params": self.form.params(), **self.form.about()}
            return services.run_study(project=self.project, kind=self.kind, by=by, **asked)
        except UserError as error:
            self.form.refuse(error)
            return None

    def context(self) -> dict:
        kinds = [(name, module.title, name == self.kind) for name, module in KINDS.items()]
        found = {
            "project": self.project,
            "kind": self.kind,
            "kinds": kinds,
            "help": help_of(self.kind),
            "form": self.form,
        }
        if not self.form:
            sentence, page, action = KINDS[self.kind].Form.lacking
            return found | {"lacking": sentence, "lacking_url": reverse(page, args=[self.project.pk]), "action": action}
        return found | self.forecast()

    def forecast(self) -> dict:
        """``forecast``, or ``mistakes`` that stand in its way: (field's label, sentence)."""
        form = KINDS[self.kind].Form(self.form.data or self.form.initial, project=self.project)
        if form.is_valid():
            try:
                return {"forecast": forecast_of(design_of(self.kind, self.project, form.params())), "mistakes": []}
            except UserError as error:
                form.refuse(error)
        said = [
            (form.fields[path].label if path in form.fields else "", sentence)
            for path, sentences in form.errors.items()
            for sentence in sentences
        ]
        return {"forecast": None, "mistakes": said}


def read(request: HttpRequest, project: Project) -> Draft:
    """The draft that a request asks for; 404 for a kind that there is not."""
    query = request.POST if request.method == "POST" else request.GET
    kind = query.get("kind") or next(iter(KINDS))
    if kind not in KINDS:
        raise Http404
    form_of = KINDS[kind].Form
    if not form_of.possible(project):
        return Draft(project, kind)
    if request.method != "POST":
        form = form_of(project=project)
        chosen = {name: query[name] for name in form.fields if name in query}
        return Draft(project, kind, form_of(initial=form.start() | chosen, project=project))
    return Draft(project, kind, form_of(query, project=project), submitted="update" not in query)


def cancelled(asked: int, shared: int) -> str:
    """What became of cancelling it."""
    words = (
        f"{asked} run{'' if asked == 1 else 's'} {'is' if asked == 1 else 'are'} cancelled."
        if asked
        else "No run was cancelled."
    )
    more = f" Another study asked for {shared} of them, too: it can make {'it' if shared == 1 else 'them'} again."
    return words + (more if shared else "")


def said(study: Study, queued: int) -> str:
    """What became of asking for it."""
    there = len(study.cells) - queued
    if not queued:
        return "Every run of this study is there already."
    words = f"{queued} run{'' if queued == 1 else 's'} {'is' if queued == 1 else 'are'} queued"
    return f"{words}; {there} {'was' if there == 1 else 'were'} there already." if there else f"{words}."
