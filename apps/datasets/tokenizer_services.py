"""Tokenizers that are brought instead of trained: looked at by the library before they are accepted as a job."""

import json
import shutil
import tempfile
import uuid
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from apps.accounts.models import Project, User
from apps.datasets import services
from apps.datasets.models import DatasetVersion, Tokenizer
from apps.datasets.tokenizer_selectors import no_panic
from apps.jobs import services as jobs
from gradatim import params as parameters
from gradatim.corpora import chat, tokenizers
from gradatim.errors import UserError
from gradatim.tasks import train_tokenizer as task

#: Largest tokenizer.json in bytes: those of vocabularies of a quarter million entries are below.
LIMIT = 40_000_000


@transaction.atomic
def train(*, project: Project, name: str, versions: list[DatasetVersion], vocab_size: int, by: User) -> Tokenizer:
    """Queue the training; ``UserError`` at the field of a name that is taken, a size out of bounds, or no text."""
    parameters.parse(task.Params, {"vocab_size": vocab_size})
    if not versions:
        raise UserError("Choose at least one dataset to train on.", field="versions")
    name = _free(project, name)
    return services.train_tokenizer(project=project, name=name, versions=list(versions), vocab_size=vocab_size, by=by)


@transaction.atomic
def upload(
    *,
    project: Project,
    name: str,
    file: UploadedFile,
    by: User,
    end_of_text: str = "",
    template: UploadedFile | None = None,
) -> Tokenizer:
    """Keep a tokenizer.json and queue its import; ``UserError`` where the library cannot read it or finds no end of text.

    Of a chat ``template`` (a tokenizer_config.json, or the template alone) only the grammar is looked at here: the job runs it.
    """
    name = _free(project, name)
    if file.size > LIMIT:
        raise UserError(f"The file is larger than {LIMIT // 1_000_000} MB: no tokenizer.json is.", field="file")
    written = _template(template)
    key = uuid.uuid4()
    folder = folder_of(key)
    folder.mkdir(parents=True, mode=0o700)
    try:
        with (folder / "tokenizer.json").open("wb") as kept:
            for chunk in file.chunks():
                kept.write(chunk)
        vocab_size = _checked(folder / "tokenizer.json", end_of_text)
        (folder / "request.json").write_text(json.dumps({"end_of_text": end_of_text}))
        if written:
            (folder / "template").write_bytes(written)
    except BaseException:
        shutil.rmtree(folder)
        raise
    job = jobs.enqueue(project=project, kind="train_tokenizer", title=f"Take tokenizer {name}", queue="cpu", by=by)
    return Tokenizer.objects.create(id=key, project=project, name=name, vocab_size=vocab_size, job=job)


def upload_of(tokenizer: Tokenizer) -> dict | None:
    """The task's parameters for a tokenizer that was brought; None where it is trained."""
    folder = folder_of(tokenizer.pk)
    try:
        request = json.loads((folder / "request.json").read_text())
    except FileNotFoundError:
        return None
    template = folder / "template"
    found = {"path": str(folder / "tokenizer.json"), "end_of_text": request["end_of_text"]}
    return found | ({"template": str(template)} if template.exists() else {})


def folder_of(key: uuid.UUID) -> Path:
    return Path(settings.UPLOAD_ROOT) / "tokenizers" / str(key)


def _checked(path: Path, end_of_text: str) -> int:
    """Entries of the vocabulary, once the library has read the file as the worker will."""
    with tempfile.TemporaryDirectory() as out, no_panic("file"):
        try:
            return tokenizers.from_file(path, Path(out) / "tokenizer", end_of_text=end_of_text).meta["vocab_size"]
        except UserError as error:
            field = "end_of_text" if error.field == "end_of_text" else "file"
            raise UserError(error.sentence, field=field) from None
        except Exception:  # the tokenizers library raises nothing narrower
            raise UserError(
                "This tokenizer.json cannot be used: its vocabulary is not readable.", field="file"
            ) from None


def _template(file: UploadedFile | None) -> bytes:
    if file is None:
        return b""
    if file.size > 4 * chat.LIMIT:
        raise UserError("The file is too large to be a template.", field="template")
    found = file.read()
    chat.read(found)
    return found


def _free(project: Project, name: str) -> str:
    name = name.strip()
    if not name:
        raise UserError("Give the tokenizer a name.", field="name")
    Project.objects.select_for_update().get(pk=project.pk)
    if Tokenizer.objects.filter(project=project, name=name).exclude(job__status__in=("failed", "cancelled")).exists():
        raise UserError(f"This project has a tokenizer {name} already: choose another name.", field="name")
    return name
