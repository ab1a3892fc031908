"""One stream of a curriculum: from its dataset to the order of its samples.

The dataset's samples without the held-out ones and outside the wanted domains are the *candidates*; the selection
keeps some of them by their scores; the ordering arranges the kept ones, pass by pass; jitter comes last. Plain
functions on arrays: a plan and the web's previews use the same ones.
"""

from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import numpy as np

from gradatim import params as parameters
from gradatim import registry, remarks, score_check, specs
from gradatim.errors import Unsized, UserError
from gradatim.permutation import jitter
from gradatim.seeds import Seed
from gradatim.types import Inputs, OrderContext, Part, Remark, SelectContext, Selection


@dataclass(frozen=True, slots=True)
class Columns:
    """What a stream may look at, one entry per row of its dataset; ``domains`` holds the names behind the codes."""

    held_out: np.ndarray  # bool
    domain_codes: np.ndarray  # int32
    domains: list[str]
    lengths: np.ndarray  # int32, tokens
    scores: np.ndarray | None = None  # float32


def read_columns(stream: specs.Stream, tokenizer: str, inputs: Inputs, *, field: str = "") -> Columns:
    """A stream's columns from its artifacts; ``UserError`` where one is missing, of other data, or holds NaN."""
    from gradatim.corpora.store import Dataset
    from gradatim.corpora.tokens import Tokens

    with at(field, "dataset"):
        dataset = Dataset(inputs.get("dataset", stream.dataset).path)
        lengths = Tokens(inputs.find("tokens", dataset=stream.dataset, tokenizer=tokenizer).path).lengths
    scores = None
    if stream.scores is not None:
        with at(field, "scores"):
            stored = inputs.get("scores", stream.scores)
            if stored.meta["dataset"] != stream.dataset:
                raise UserError("This score set was computed on another dataset version: choose one of this dataset.")
            scores = np.load(stored.path / "scores.npy", mmap_mode="r")
            if len(scores) != dataset.rows:
                raise UserError(f"The score set has {len(scores):,} values for {dataset.rows:,} samples.")
    return Columns(dataset.held_out(), dataset.domain_codes(), dataset.domains, lengths, scores)


def candidates(data: Columns, domains: list[str] | None, *, field: str = "") -> np.ndarray:
    """Positions (uint32, ascending) that a stream may hold: never held out, and of ``domains`` where given."""
    wanted = ~data.held_out
    if domains is not None:
        unknown = sorted(set(domains) - set(data.domains))
        if unknown:
            known = ", ".join(data.domains[:10]) + (", ..." if len(data.domains) > 10 else "")
            raise UserError(
                f"The dataset has no domain {unknown[0]!r}; it has: {known}.", field=_join(field, "domains")
            )
        wanted &= np.isin(data.domain_codes, [data.domains.index(name) for name in domains])
    positions = np.flatnonzero(wanted).astype(np.uint32)
    if not len(positions):
        what = "these domains hold" if domains is not None else "this dataset holds"
        raise UserError(
            f"There is nothing to learn from: {what} no sample that is not held out.",
            field=_join(field, "dataset" if domains is None else "domains"),
        )
    if data.scores is not None and np.isnan(scores := data.scores[positions]).any():
        raise UserError(score_check.check(scores).sentences[0], field=_join(field, "scores"))
    return positions


def select(data: Columns, pool: np.ndarray, selection: specs.Method | None, *, field: str = "") -> Selection:
    """The candidates ``pool`` that a selection keeps, as dataset positions (uint32, ascending)."""
    if selection is None:
        return Selection(pool)
    where = _join(field, "selection")
    module, params = load_method("selections", selection, where)
    context = SelectContext(len(pool), *_parts(data, pool))
    with in_method(where, field):
        result = module.select(context, params)
    if not len(result.kept):
        raise UserError(f"The selection keeps none of {len(pool):,} samples: keep more of them.", field=where)
    return replace(result, kept=pool[result.kept])


def stream_order(
    data: Columns,
    kept: np.ndarray,
    ordering: specs.Method,
    window: int,
    seed: Seed,
    *,
    kind: str = "disjoint",
    epochs: int = 1,
    field: str = "",
) -> list[np.ndarray]:
    """Dataset positions (uint32) in the order of each of ``epochs`` passes, jittered by ``window`` (0: not) as ``kind`` says.

    A pass holds every kept sample once, unless the ordering's ``output`` is "repeats": it may then leave out or repeat
    samples, and be of any length.
    """
    where = _join(field, "ordering")
    module, params = load_method("orderings", ordering, where)
    with in_method(where, field):
        orders = module.order(OrderContext(len(kept), *_parts(data, kept), epochs=epochs), params, seed)
    if window > 1:
        orders = [jitter(o, window, seed.child("epoch", e) if e else seed, kind) for e, o in enumerate(orders)]
    mapped = {id(order): kept[order] for order in orders}  # an order that repeats is one array in all its passes
    return [mapped[id(order)] for order in orders]


def order_remarks(data: Columns, kept: np.ndarray, ordering: specs.Method, *, field: str = "") -> list[Remark]:
    """What is worth knowing about a stream's order before it is made, and about the scores that it looks at, at the settings'
    paths in the document."""
    where = _join(field, "ordering")
    module, params = load_method("orderings", ordering, where)
    found = remarks.of_ordering(module, OrderContext(len(kept), *_parts(data, kept)), params)
    return [replace(remark, field=_path(where, field, remark.field)) for remark in found]


def check_window(stream: specs.Stream, kept: int, *, field: str = "") -> None:
    """``UserError`` where the jitter window is larger than the ``kept`` samples."""
    if stream.jitter_window > kept:
        raise UserError(
            f"A jitter window of {stream.jitter_window:,} is larger than the {kept:,} samples that are kept: "
            "choose a smaller one.",
            field=_join(field, "jitter_window"),
        )


def repeats(ordering: specs.Method) -> bool:
    """Whether passes of this ordering may leave out or repeat samples."""
    return registry.load("orderings", ordering.method).output == "repeats"


def part_of(kept: np.ndarray, lengths: np.ndarray, part: Part, seed: Seed, epoch: int) -> np.ndarray:
    """The positions among ``kept``, ascending, that a pass holds of which a mixture gives only a part: drawn at random, one
    sample at least, until they hold its tokens."""
    drawn = kept[seed.child("part", 0 if part.fixed else epoch).numpy().permutation(len(kept))]
    stop = int(np.searchsorted(np.cumsum(lengths[drawn], dtype=np.int64), part.tokens)) + 1
    return np.sort(drawn[:stop])


def narrowed(order: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The samples of an order that are ``wanted``, in that order; its first where it holds none of them."""
    found = order[np.isin(order, wanted)]
    return found if len(found) else order[:1]


class Passes:
    """The passes of one stream, made when they are asked for.

    An ordering is asked for the passes that the mixture promises the stream, and for twice as many each time that
    this was not enough: when other streams close early, or where passes hold fewer tokens than the kept samples do. The
    same call always gives the same pass.
    """

    def __init__(
        self,
        stream: specs.Stream,
        data: Columns,
        kept: np.ndarray,
        seed: Seed,
        promised: float,
        field: str,
        part: Part | None = None,
    ):
        self.stream, self.data, self.kept, self.seed, self.field, self.part = stream, data, kept, seed, field, part
        one_pass = part.tokens if part else int(data.lengths[kept].sum(dtype=np.int64))
        self._known: list[np.ndarray] = []
        self._first = self._limit(max(1, int(-(-promised // one_pass))))

    def __call__(self, epoch: int) -> tuple[np.ndarray, np.ndarray] | None:
        if self.stream.passes is not None and epoch >= self.stream.passes:
            return None
        if epoch >= len(self._known):
            count = self._first
            while count <= epoch:
                count = self._limit(count * 2)
            stream, options = self.stream, {"epochs": count, "kind": self.stream.jitter, "field": self.field}
            self._known = stream_order(
                self.data, self.kept, stream.ordering, stream.jitter_window, self.seed, **options
            )
        positions = self._known[epoch]
        if self.part:
            positions = narrowed(positions, part_of(self.kept, self.data.lengths, self.part, self.seed, epoch))
        return positions, self.data.lengths[positions]

    def _limit(self, count: int) -> int:
        return count if self.stream.passes is None else min(count, self.stream.passes)


def load_method(family: str, call: specs.Method, field: str) -> tuple[ModuleType, Any]:
    """(module, parameters) of a method that a document names."""
    with at(field):
        module = registry.load(family, call.method)
    return module, parameters.parse(module.Params, call.params, where=_join(field, "params"))


def _parts(data: Columns, positions: np.ndarray) -> tuple[np.ndarray | None, np.ndarray, np.ndarray]:
    scores = None if data.scores is None else np.ascontiguousarray(data.scores[positions])
    return scores, data.domain_codes[positions], data.lengths[positions]


@contextmanager
def at(field: str, part: str = ""):
    """Name the field in errors that are raised without knowing what they are about in the document."""
    try:
        yield
    except UserError as error:
        raise UserError(error.sentence, field=_join(field, error.field or part)) from None


@contextmanager
def in_method(where: str, stream: str | None = None):
    """The same for a method's own errors: their fields are its parameters, or ``scores`` for the stream's score set."""
    try:
        yield
    except Unsized:
        raise
    except UserError as error:
        raise UserError(error.sentence, field=_path(where, stream, error.field)) from None


def _path(where: str, stream: str | None, named: str) -> str:
    """The path of what a method at ``where`` names: a parameter of its own, or a setting of the stream that it reads."""
    if stream is not None and named in ("scores", "domains"):
        return _join(stream, named)
    return _join(where, _join("params", named) if named else "")


def _join(field: str, part: str) -> str:
    return ".".join(name for name in (field, part) if name)
