"""Outputs of orderings and selections on a fixed input, as digests by method and version.

A digest that changes while the version stays is a change in what old documents mean: raise the method's ``version``, then run

    PYTHONPATH=. python tests/gradatim/test_golden.py

which adds the digests that are missing and removes those of versions that are gone. It never replaces one.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from gradatim import digest, registry
from gradatim.params import parse, schema
from gradatim.seeds import Seed
from gradatim.types import OrderContext, SelectContext

GOLDEN = Path(__file__).with_name("golden.json")
METHODS = [(family, name) for family in ("orderings", "selections") for name in registry.names(family)]


def fixed_scores():
    """2,000 scores with many ties, spread by arithmetic alone."""
    return ((np.arange(2000) * 7919) % 1009 / 16).astype(np.float32)


def example(cls):
    """Defaults, and for each required parameter a value within its bounds."""
    values = {}
    model = schema(cls)
    for name in model.get("required", []):
        kind = model["properties"][name]["type"]
        largest = model["properties"][name].get("maximum", 100)
        values[name] = {"integer": int(largest), "number": largest * 0.37, "boolean": True}[kind]
    return parse(cls, values)


def output_of(family, name):
    module = registry.load(family, name)
    scores, params = fixed_scores(), example(module.Params)
    n = len(scores)
    columns = {"domains": np.arange(n, dtype=np.int32) % 4, "lengths": np.arange(n, dtype=np.int32) % 97 + 1}
    if family == "orderings":
        orders = module.order(OrderContext(n, scores, **columns, epochs=2), params, Seed(20))
        return b"".join(np.asarray(order, "<u4").tobytes() for order in orders)
    selection = module.select(SelectContext(n, scores, **columns), params)
    return np.asarray(selection.kept, "<u4").tobytes()


def current():
    return {
        f"{family}/{name}/{registry.load(family, name).version}": digest.of_bytes(output_of(family, name))
        for family, name in METHODS
    }


@pytest.mark.parametrize(("family", "name"), METHODS)
def test_output_changes_only_with_the_version(family, name):
    key = f"{family}/{name}/{registry.load(family, name).version}"
    golden = json.loads(GOLDEN.read_text())
    assert key in golden, f"no digest of {key}: add it as this file's docstring says"
    assert digest.of_bytes(output_of(family, name)) == golden[key], f"{key} gives another output: raise its version"


def test_no_digest_is_left_of_a_method_that_is_gone():
    assert json.loads(GOLDEN.read_text()).keys() == current().keys()


def write():
    old, new = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {}, current()
    changed = [key for key in new if old.get(key, new[key]) != new[key]]
    if changed:
        sys.exit(f"The output changed and the version did not: {', '.join(changed)}.")
    GOLDEN.write_text(json.dumps(new, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    write()
