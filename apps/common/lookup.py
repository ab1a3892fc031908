"""Small reads of artifact files that several apps' pages share."""

from pathlib import Path

import numpy as np

from apps.jobs.models import Artifact
from apps.site.storage import store
from gradatim.corpora.store import Dataset


def folder(artifact: Artifact) -> Path:
    """The artifact's folder; ``UserError`` where the store does not hold it complete."""
    return store().get(artifact.kind, artifact.digest).path


def dataset(artifact: Artifact) -> Dataset:
    """The dataset for reading. Never shared between requests: Parquet readers are not safe across threads."""
    return Dataset(folder(artifact))


def scores(artifact: Artifact) -> np.ndarray:
    """float32 (rows,), mapped from the file."""
    return np.load(folder(artifact) / "scores.npy", mmap_mode="r")


def missing(artifact: Artifact) -> np.ndarray:
    """uint32 positions of the samples that have no score of their own in a score set."""
    file = folder(artifact) / "missing.npy"
    return np.load(file) if file.is_file() else np.empty(0, np.uint32)
