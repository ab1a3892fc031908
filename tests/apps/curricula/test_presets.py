"""Orders to start from: one click fills in what a source says, in the builder and over the API."""

import pytest
from django.urls import reverse

from apps.curricula.models import CurriculumVersion
from gradatim.order_presets import CAVEAT, PRESETS
from tests.apps.curricula.test_builder import fields, new, sent_by

pytestmark = pytest.mark.django_db


@pytest.fixture
def posted(data):
    return fields(data)


def test_a_preset_fills_in_order_parameters_and_jitter_and_nothing_else(signed_in, alice, data, posted, htmx):
    sent = posted | {"do": "preset:0-0:str-jitter"}
    page = signed_in(alice).post(new(data.project), sent, headers=htmx).content.decode()
    filled = sent_by(page if 'id="builder"' in page else f'id="builder" {page}')
    code = "phases-0-streams-0"
    changed = {
        "ordering": ["stair"],
        "ordering-of": ["orderings.stair"],
        "ordering-sections": ["2"],
        "ordering-transition_ratio": ["0.225"],
        "ordering-layers": ["3"],
        "jitter_window": ["16"],
    }
    for name, values in changed.items():
        assert filled[f"{code}-{name}"] == values
    same = [name for name in posted if not name.startswith((f"{code}-ordering", f"{code}-jitter"))]
    assert {name: filled.get(name, [""])[-1] for name in same if name != "phases-0-streams-1-domains"} == {
        name: posted[name] for name in same if name != "phases-0-streams-1-domains"
    }
    assert 'value="preset:0-0:str-jitter" hx-post="" aria-pressed="true"' in page


@pytest.mark.parametrize("asked", ["preset:0-0:tea", "preset:0-9:cl", "preset:9-0:cl", "preset:", "preset:0-0:"])
def test_a_preset_that_there_is_none_of_changes_nothing(signed_in, alice, data, posted, asked):
    page = signed_in(alice).post(new(data.project), posted | {"do": asked}).content.decode()
    assert sent_by(page)["phases-0-streams-0-ordering-layers"] == ["3"]


def test_every_preset_is_offered_with_what_is_known_of_it_and_can_be_saved(signed_in, alice, data, posted):
    client = signed_in(alice)
    page = client.get(new(data.project)).content.decode()
    assert CAVEAT in page
    for name, preset in PRESETS.items():
        assert f'value="preset:0-0:{name}"' in page
        filled = sent_by(client.post(new(data.project), posted | {"do": f"preset:0-0:{name}"}).content.decode())
        assert client.post(new(data.project), filled | {"name": preset.title}).status_code == 302
    version = CurriculumVersion.objects.get(curriculum__name="SAW, closed exit")
    assert version.draft["phases"][0]["streams"][0]["ordering"]["params"]["close_exit"] is True


def test_presets_are_listed_over_the_api(signed_in, vera, project):
    rows = signed_in(vera).get(reverse("api:order-presets")).json()
    saw = next(row for row in rows if row["name"] == "saw-jitter")
    assert saw["ordering"] == {"method": "saw", "params": {"sections": 3, "transition_ratio": 0.075, "layers": 2}}
    assert saw["jitter"] == 0.005
    assert "best variants" in saw["remark"]
