"""From a form's answers to a score set that waits for a worker."""

import json

from django.core.exceptions import ValidationError

from apps.accounts.models import Project, User
from apps.common import lookup
from apps.common.method_form import put_error
from apps.curricula import services as curricula
from apps.datasets.models import DatasetVersion
from apps.scores import services, uploads
from apps.scores.forecast import Forecast, forecast
from apps.scores.forms import ColumnsForm, ScoreSetForm, UploadForm
from apps.scores.models import ScoreSet
from gradatim import params as parameters
from gradatim.errors import UserError
from gradatim.scores import imported

#: What a method may need beside the samples.
CHOSEN = ("tokenizer", "reference", "checkpoint_of")


def initial_of(project: Project, query) -> dict:
    """What a new form starts from: the address (version, and what was typed), or an earlier score set (``like``)."""
    like = _like(project, query.get("like", ""))
    if like:
        choice = {"method": like.method, "params": like.params}
        found = {name: getattr(like, name) for name in ("version", *CHOSEN)}
        return {**found, "name": like.name if like.name != like.method else "", "choice": choice}
    found = {name: query[name] for name in ("version", "name", *CHOSEN) if query.get(name)}
    if method := query.get("params-method"):
        typed = {key.removeprefix("params-"): value for key, value in query.items() if key.startswith("params-")}
        found["choice"] = {"method": method, "params": typed}
    return found


def start(form: ScoreSetForm, *, by: User) -> ScoreSet | None:
    """The score set of a valid form; None where the service refuses, its sentence then stands at the form's field."""
    asked = form.asked()
    if run := asked.get("checkpoint_of"):
        asked["tokenizer"] = curricula.tokenizer_of(run.version)
    try:
        return services.create_score_set(by=by, **asked)
    except UserError as error:
        inner = error.field.startswith("params.") and form.picker.form
        put_error(inner or form, error)
        return None


def forecast_of(form: ScoreSetForm) -> Forecast | None:
    """For what the form says now; None while no dataset is chosen."""
    version = form.chosen("version")
    if version is None:
        return None
    run, method = form.chosen("checkpoint_of"), form.picker.form
    tokenizer = curricula.tokenizer_of(run.version) if run else form.chosen("tokenizer")
    if method.is_bound:
        params = method.params() if method.is_valid() else None
    else:
        params = parameters.as_dict(method.module.Params())
    return forecast(
        version=version,
        method=method.about["name"],
        params=params,
        queue=method.module.device,
        tokenizer=tokenizer,
        run=run,
    )


def keep_upload(form: UploadForm, project: Project) -> str | None:
    """The name of the uploaded file after a first look; None with the reason at the form's field."""
    try:
        name = uploads.keep(project=project, file=form.cleaned_data["file"])
        uploads.first_rows(uploads.path_of(project, name))
    except UserError as error:
        put_error(form, error)
        return None
    return name


def start_import(form: ColumnsForm, *, version: DatasetVersion, name: str, by: User) -> ScoreSet | None:
    """Scores of a kept file for a version; None where the form or the file says no, at the field that can mend it."""
    if not form.is_valid():
        return None
    given = dict(form.cleaned_data)
    title = given.pop("name")
    params = {"path": name, **given}
    try:
        check_import(version, params)
        return services.create_score_set(version=version, method="imported", params=params, name=title, by=by)
    except UserError as error:
        put_error(form, error, {"params.path": "column"})
        return None


def check_import(version: DatasetVersion, params: dict) -> dict:
    """:func:`gradatim.scores.imported.coverage` by a kept file; ``UserError`` where its scores cannot be used as told."""
    path = uploads.path_of(version.dataset.project, params["path"])
    asked = parameters.parse(imported.Params, {**params, "path": str(path)}, where="params")
    samples = lookup.dataset(version.artifact)
    found = imported.coverage(samples, imported.missing(samples, asked))
    if found["missing"] == samples.rows:
        raise UserError(
            f"None of the {samples.rows:,} samples of this version has a score in the file: is this the column of ids? "
            f"The first sample's id is {json.dumps(found['missing_ids'][0], ensure_ascii=False)}.",
            field="params.id_column",
        )
    if found["missing"] and asked.missing == "refuse":
        raise UserError(
            f"{in_words(found, samples.rows)} Say where they shall stand, or mend the file.", field="params.missing"
        )
    return found


def in_words(found: dict, rows: int) -> str:
    """3 of 10,000 samples have no score: a, b and c."""
    missing, ids = found["missing"], found["missing_ids"][:3]
    if not missing:
        return f"All {rows:,} samples have a score."
    verb = "has" if missing == 1 else "have"
    named = ", ".join(ids) + (f" and {missing - len(ids):,} more" if missing > len(ids) else "")
    return f"{missing:,} of {rows:,} samples {verb} no score in the file: {named}."


def _like(project: Project, key: str) -> ScoreSet | None:
    try:
        rows = ScoreSet.objects.filter(version__dataset__project=project, pk=key) if key else ScoreSet.objects.none()
        return rows.select_related("version", *CHOSEN).first()
    except ValidationError:
        return None
