"""Resolves a curriculum to its plan: selects, orders and interleaves the samples until every phase's budget is reached.

Source: definition
"""

from collections.abc import Iterator
from dataclasses import dataclass

from gradatim import curriculum, specs
from gradatim.events import Event
from gradatim.params import param
from gradatim.types import Stopped, TaskContext

title = "Resolve a plan"
version = 1


@dataclass(frozen=True, slots=True)
class Params:
    curriculum: dict = param(help="The curriculum document.")


def run(context: TaskContext) -> Iterator[Event]:
    """A plan takes seconds, so a stopped one is begun again: nothing is left behind for a resume."""
    spec = specs.parse(specs.Curriculum, context.params.curriculum)
    for event in curriculum.resolve(spec, context.seed, context.inputs, context.out):
        yield event
        if context.should_stop() and event.kind != "artifact":
            raise Stopped
