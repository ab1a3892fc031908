"""The frozen documents: a curriculum (data, and data only), a recipe (how to train), a run (both and a seed).

A document comes as YAML or JSON, is validated here, and is stored as canonical JSON with every default and every method
version filled in; its digest is of those bytes. Data are named by digest: the artifact digests of dataset versions, score
sets, tokenizers and checkpoints.
"""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_serializer, model_validator

from gradatim import digest as digests
from gradatim import params as parameters
from gradatim import registry
from gradatim.errors import UserError

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Fraction = Annotated[float, Field(ge=0, le=1)]
#: A whole number that every reader of JSON keeps exactly.
Whole = Annotated[int, Field(le=2**53 - 1)]


#: Marks a field that came after documents of this format were frozen without it: its default is what those mean.
ADDED = object()


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @model_serializer(mode="wrap")
    def without_unused_additions(self, dump):
        """A field that was ``ADDED`` is written where it does not hold its default: older documents keep their digests."""
        document = dump(self)
        for name, about in type(self).model_fields.items():
            if ADDED in about.metadata and getattr(self, name) == about.default:
                document.pop(name, None)
        return document


FrozenT = TypeVar("FrozenT", bound=Frozen)


class Method(Frozen):
    """A method of the registry with its parameters; ``version`` is the method's version when the document was frozen."""

    method: str
    params: dict[str, Any] = {}
    version: int | None = None


class Stream(Frozen):
    """One source of samples with its own selection and order.

    ``exhausted`` says what happens where it has no further sample: "repeat" passes through it again, as often as the budget
    needs or ``epochs`` times, after which the other streams take its share; "renormalise" gives its share to the others after
    ``epochs`` passes, one where none are given; "stop" ends the phase there.
    """

    name: Name
    dataset: Digest
    domains: list[str] | None = None
    scores: Digest | None = None
    selection: Method | None = None
    ordering: Method = Method(method="shuffle")
    jitter_window: Whole = Field(0, ge=0)
    jitter: Annotated[Literal["disjoint", "overlapping", "gumbel"], ADDED] = "disjoint"
    epochs: Whole | None = Field(None, ge=1)
    exhausted: Annotated[Literal["repeat", "renormalise", "stop"], ADDED] = "repeat"

    @property
    def passes(self) -> int | None:
        """How many there are; None: as many as anybody asks for."""
        return self.epochs if self.exhausted == "repeat" else self.epochs or 1


class Phase(Frozen):
    """A stretch of training with its own streams, mixture and token budget."""

    name: Name
    tokens: Whole = Field(gt=0)
    streams: list[Stream] = Field(min_length=1)
    mixture: Method = Method(method="static")

    @model_validator(mode="after")
    def names_are_distinct(self):
        names = [stream.name for stream in self.streams]
        if len(set(names)) < len(names):
            raise ValueError("two streams of one phase have the same name")
        return self


class Curriculum(Frozen):
    """What is learned from, in which order and proportion."""

    format: Literal[1] = 1
    tokenizer: Digest
    phases: list[Phase] = Field(min_length=1)
    policy: Method | None = None


class Model(Frozen):
    """Where the weights come from: a preset (fresh, drawn from the seed), a Hugging Face folder, or a checkpoint.

    ``weights``: those of a checkpoint's last step, or their average where its run kept one.
    """

    preset: str | None = None
    folder: str | None = None
    checkpoint: Digest | None = None
    weights: Annotated[Literal["last", "averaged"], ADDED] = "last"

    @model_validator(mode="after")
    def one_origin(self):
        if sum(x is not None for x in (self.preset, self.folder, self.checkpoint)) != 1:
            raise ValueError("name exactly one of preset, folder and checkpoint")
        if self.weights == "averaged" and self.checkpoint is None:
            raise ValueError("only a checkpoint has averaged weights")
        return self


class Optimizer(Frozen):
    """AdamW with decoupled weight decay (on matrices only) and clipping of the global gradient norm."""

    beta1: float = Field(0.9, ge=0, lt=1)
    beta2: float = Field(0.95, ge=0, lt=1)
    epsilon: float = Field(1e-8, gt=0)
    weight_decay: float = Field(0.1, ge=0)
    clip: float | None = Field(1.0, gt=0)


class Schedule(Frozen):
    """Learning rate of one phase (:mod:`gradatim.schedules`): ``warmup`` and ``decay`` are shares of the phase's steps.

    ``start`` "continued": the phase goes on with the schedule of the one before, over the steps of both, and the entry's
    other fields for the rate are not looked at. ``optimizer`` "fresh": the phase begins without the optimizer's memory of
    the one before; the first phase always does.
    """

    shape: Literal["cosine", "linear", "constant", "wsd", "rex", "power", "uba"] = "cosine"
    peak: float = Field(1e-3, gt=0)
    floor: float = Field(0.0, ge=0)
    warmup: Fraction = 0.02
    decay: Fraction = 0.2
    tail: Annotated[Literal["linear", "1-sqrt", "exponential"], ADDED] = "linear"
    phi: Annotated[float, Field(gt=0, le=100), ADDED] = 1.0
    scale: Annotated[float, Field(gt=0), ADDED] = 4.6
    exponent: Annotated[float, Field(le=0, ge=-10), ADDED] = -0.51
    start: Annotated[Literal["anew", "continued"], ADDED] = "anew"
    optimizer: Annotated[Literal["kept", "fresh"], ADDED] = "kept"

    @model_validator(mode="after")
    def floor_below_peak(self):
        if self.floor > self.peak:
            raise ValueError("the floor is above the peak")
        if self.tail == "exponential" and self.shape in ("wsd", "power") and not self.floor:
            raise ValueError("an exponential tail never reaches 0: give the floor a value above it")
        return self


class Evaluation(Frozen):
    """Held-out loss a domain: before the first update and where a phase ends, and counted from every phase's start each
    ``dense_every`` steps up to ``dense_until``, then each ``every``. No dataset named: those of the curriculum. ``suites`` of
    questions, by the names of their values, are asked before the first update, each ``suites_every`` steps, and where a phase ends.
    """

    suite: Name = "heldout"
    datasets: list[Digest] = []
    windows: Whole = Field(64, ge=1)
    batch_size: Whole = Field(16, ge=1)
    dense_every: Whole = Field(5, ge=1)
    dense_until: Whole = Field(60, ge=0)
    every: Whole = Field(20, ge=1)
    suites: Annotated[dict[Name, Digest], ADDED] = {}
    suites_every: Annotated[Whole, Field(ge=1), ADDED] = 100

    @model_validator(mode="after")
    def suites_have_names_of_their_own(self):
        if self.suite in self.suites:
            raise ValueError(f"{self.suite} is what the held-out losses are called: give the suite another name")
        return self


class Averaging(Frozen):
    """An average of the weights (:mod:`gradatim.averaging`), which is evaluated beside the last ones and kept with them.

    The weights after every ``every``-th step enter it, counted back from the last step: the ``last`` of these, or all (None).
    ``decay`` is of the exponential average: what share it keeps of itself where new weights come in.
    """

    method: Literal["none", "ema", "sma"] = "none"
    decay: float = Field(0.8, ge=0, lt=1)
    every: Whole = Field(20, ge=1)
    last: Whole | None = Field(6, ge=1)


class Recipe(Frozen):
    """How to train: one schedule entry per phase of the curriculum.

    ``loss_on`` "answers": tokens of prompts count in no loss; the mean is over the others of a step. ``attention`` "within_samples":
    a packed sample sees and is predicted by nothing before it (:mod:`gradatim.training.rows`).
    """

    model: Model
    optimizer: Optimizer = Optimizer()
    schedules: list[Schedule] = Field([Schedule()], min_length=1)
    batch_size: Whole = Field(16, ge=1)
    context: Whole = Field(128, ge=8)
    precision: Literal["fp32", "bf16"] = "fp32"
    compile: bool = False
    deterministic: bool = True
    evaluation: Evaluation = Evaluation()
    checkpoint_every: Whole = Field(100, ge=1)
    averaging: Annotated[Averaging, ADDED] = Averaging()
    loss_on: Annotated[Literal["everything", "answers"], ADDED] = "everything"
    attention: Annotated[Literal["packed", "within_samples"], ADDED] = "packed"

    @model_validator(mode="after")
    def first_schedule_begins(self):
        if self.schedules[0].start == "continued":
            raise ValueError("the first phase has no schedule before it to go on with")
        return self


class Run(Frozen):
    """One curriculum version, one recipe, one seed: what a run's page exports and ``gradatim train`` takes."""

    format: Literal[1] = 1
    curriculum: Curriculum
    recipe: Recipe
    seed: int = Field(0, ge=0)

    @model_validator(mode="after")
    def one_schedule_per_phase(self):
        if len(self.recipe.schedules) != len(self.curriculum.phases):
            raise ValueError("a recipe has one schedule per phase of its curriculum")
        return self


def parse(cls: type[FrozenT], document: Any) -> FrozenT:
    """A validated document; ``UserError`` names the field at fault."""
    if not isinstance(document, dict):
        raise UserError("A mapping of names to values is expected.")
    try:
        return cls.model_validate(document)
    except ValidationError as error:
        raise parameters.user_error(error) from None


def freeze(spec: Frozen) -> dict:
    """The document with every default, every method parameter and every method version filled in.

    Unknown methods and bad parameters are ``UserError`` with the field's path. A version that is already there and differs
    from the installed method's is refused: the same document would no longer give the same plan.
    """
    return _fill(spec.model_dump(mode="json"), "")


def digest_of(spec: Frozen) -> str:
    return digests.of_document(freeze(spec))


_FAMILY_OF = {"selection": "selections", "ordering": "orderings", "mixture": "mixing", "policy": "mixing"}


def _fill(node: Any, path: str) -> Any:
    if isinstance(node, list):
        return [_fill(item, f"{path}.{i}" if path else str(i)) for i, item in enumerate(node)]
    if not isinstance(node, dict):
        return node
    filled = {}
    for key, value in node.items():
        where = f"{path}.{key}" if path else key
        if key in _FAMILY_OF and isinstance(value, dict):
            filled[key] = _fill_method(_FAMILY_OF[key], value, where)
        else:
            filled[key] = _fill(value, where)
    return filled


def _fill_method(family: str, call: dict, where: str) -> dict:
    try:
        module = registry.load(family, call["method"])
    except UserError as error:
        raise UserError(error.sentence, field=f"{where}.method") from None
    params = parameters.as_dict(parameters.parse(module.Params, call["params"], where=f"{where}.params"))
    if call["version"] not in (None, module.version):
        raise UserError(
            f"{call['method']} is at version {module.version} here, the document was frozen with {call['version']}.",
            field=f"{where}.version",
        )
    return {"method": call["method"], "params": params, "version": module.version}
