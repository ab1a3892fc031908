"""Files with scores that people bring: kept per project under the digest of their bytes, read for a first look."""

import hashlib
import os
import re
import tempfile
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from pyarrow import csv

from apps.accounts.models import Project
from apps.audit.refusals import RefusedPath
from gradatim.errors import UserError

KINDS = (".csv", ".parquet")
NAME = re.compile(r"[0-9a-f]{64}\.(csv|parquet)")
#: Most bytes that a Parquet file may hold unpacked.
UNPACKED = 2_000_000_000
#: Rows that a page shows of a file, and what a column of ids is often called.
SHOWN = 5
IDS = ("id", "sample_id", "sample", "uid", "key", "doc_id")


def folder(project: Project) -> Path:
    return Path(settings.UPLOAD_ROOT) / "scores" / str(project.pk)


def keep(*, project: Project, file: UploadedFile) -> str:
    """The name under which the file is kept; the same bytes are kept once. ``UserError`` where it cannot be scores."""
    kind = Path(file.name).suffix.lower()
    if kind not in KINDS:
        raise UserError("Choose a .csv or .parquet file.", field="file")
    if file.size > settings.UPLOAD_PLAIN_MAX_BYTES:
        limit = f"{settings.UPLOAD_PLAIN_MAX_BYTES / 1e6:,.0f} MB"
        raise UserError(f"The file is larger than {limit}: bring the ids and the scores alone.", field="file")
    home = folder(project)
    home.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with tempfile.NamedTemporaryFile(dir=home, suffix=".part", delete=False) as beside:
        try:
            for chunk in file.chunks():
                digest.update(chunk)
                beside.write(chunk)
            name = f"{digest.hexdigest()}{kind}"
            os.replace(beside.name, home / name)
        except BaseException:
            Path(beside.name).unlink(missing_ok=True)
            raise
    return name


def path_of(project: Project, name: str) -> Path:
    """Where the project's file lies; ``UserError`` for every name that :func:`keep` did not give."""
    if not NAME.fullmatch(name):
        raise RefusedPath("There is no such uploaded file in this project: upload it.", field="params.path", path=name)
    path = folder(project) / name
    if path.is_symlink() or not path.is_file():
        raise UserError("There is no such uploaded file in this project: upload it again.", field="params.path")
    return path


def first_rows(path: Path) -> dict:
    """What the page of columns shows: ``columns`` (name, type, numeric), ``rows`` (lists of texts), and a guess.

    ``UserError`` (field ``file``) where the file cannot be read as what its name says.
    """
    try:
        table = _head(path)
    except (OSError, pa.ArrowException) as error:
        first = str(error).strip().splitlines()[0]
        raise UserError(f"The file cannot be read as {path.suffix[1:].upper()}: {first}", field="file") from None
    columns = [{"name": f.name, "type": _kind(f.type), "numeric": _numeric(f.type)} for f in table.schema]
    if len(columns) < 2 or not table.num_rows:
        raise UserError(
            "The file needs rows with at least two columns: the samples' ids, and their scores.", field="file"
        )
    if len(set(table.column_names)) < len(columns):
        raise UserError("Two columns of the file have the same name: rename one of them.", field="file")
    rows = [["" if value is None else str(value)[:60] for value in row.values()] for row in table.to_pylist()]
    return {"columns": columns, "rows": rows, **_guess(columns)}


def _head(path: Path) -> pa.Table:
    if path.suffix == ".parquet":
        with pq.ParquetFile(path) as file:
            _refuse_bomb(file)
            batch = next(file.iter_batches(batch_size=SHOWN), None)
            return pa.table(batch) if batch is not None else file.schema_arrow.empty_table()
    with csv.open_csv(path) as reader:
        return pa.Table.from_batches(list(islice(reader, 1)), reader.schema).slice(0, SHOWN)


def _refuse_bomb(file: pq.ParquetFile) -> None:
    """``UserError`` where far more comes out of the file than went over the wire."""
    size = sum(file.metadata.row_group(k).total_byte_size for k in range(file.metadata.num_row_groups))
    if size > UNPACKED:
        raise UserError(
            f"The file holds more than {UNPACKED / 1e9:g} GB: bring the ids and the scores alone.", field="file"
        )


def _numeric(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind)


def _kind(kind: pa.DataType) -> str:
    """What a column holds, in words; Arrow's own where there are none."""
    if _numeric(kind):
        return "numbers"
    return "text" if pa.types.is_string(kind) or pa.types.is_large_string(kind) else str(kind)


def _guess(columns: list[dict]) -> dict:
    """The likeliest id and score columns: by their names, else the first text and the last number."""
    names = [column["name"] for column in columns]
    ids = next((n for n in names if n.lower() in IDS), next((c["name"] for c in columns if not c["numeric"]), names[0]))
    numbers = [c["name"] for c in columns if c["numeric"] and c["name"] != ids]
    named = next((n for n in numbers if "score" in n.lower()), None)
    rest = [n for n in names if n != ids]
    return {"id_column": ids, "column": named or (numbers or rest)[-1]}
