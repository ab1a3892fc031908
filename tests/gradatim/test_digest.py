import hashlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradatim import digest

documents = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


def test_canonical_json_sorts_names_and_shortens_numbers():
    assert digest.canonical_json({"b": 1.0, "a": [1e21, 1e-7, "é", True, None]}) == (
        '{"a":[1e+21,1e-7,"é",true,null],"b":1}'.encode()
    )


@given(st.dictionaries(st.text(max_size=4), documents, max_size=5))
def test_the_order_of_names_does_not_matter(document):
    turned = dict(reversed(document.items()))
    assert digest.of_document(document) == digest.of_document(turned)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_json_cannot_say_is_refused(value):
    with pytest.raises(ValueError):
        digest.canonical_json({"x": value})


def test_a_file_has_the_digest_of_its_bytes(tmp_path):
    data = bytes(range(256)) * 1000
    (tmp_path / "file").write_bytes(data)
    assert digest.of_file(tmp_path / "file") == digest.of_bytes(data) == hashlib.sha256(data).hexdigest()
