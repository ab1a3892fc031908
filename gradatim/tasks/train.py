"""Trains a model: one curriculum, one recipe, one seed, with evaluations on held-out text and a certificate of what was
consumed.

Source: definition
"""

from collections.abc import Iterator
from dataclasses import dataclass

from gradatim import specs
from gradatim.events import Event
from gradatim.params import param
from gradatim.types import TaskContext

version = 1


@dataclass(frozen=True, slots=True)
class Params:
    run: dict = param(help="The run's document: curriculum, recipe and seed, as a run's page exports it.")


def run(context: TaskContext) -> Iterator[Event]:
    """The document's own seed counts, so that the document alone says what the run is."""
    from gradatim.training.loop import train

    spec = specs.parse(specs.Run, context.params.run)
    yield from train(spec, context.inputs, context.out, context.previous, context.should_stop)
