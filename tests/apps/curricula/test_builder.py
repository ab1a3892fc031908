"""The builder: what is typed becomes a draft, nothing is lost on the way, and errors stand at their fields."""

import json
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from django.urls import reverse

from apps.curricula import documents, services, typed
from apps.curricula.columns import rate
from apps.curricula.models import Curriculum, CurriculumVersion
from apps.curricula.selectors import yaml_of
from tests.apps import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(data, alice):
    data.mixed, data.phased = factories.mixed_curriculum(data, alice), factories.phased_curriculum(data, alice)
    return data


@pytest.fixture
def posted(data):
    """A form that can be saved: SAW over code with a selection, beside prose."""
    return fields(data)


def fields(data, **changes) -> dict:
    code, prose = "phases-0-streams-0", "phases-0-streams-1"
    sent = {
        "name": "Saw over code",
        "description": "",
        "tokenizer": str(data.tokenizer.pk),
        "phases-0-name": "main",
        "phases-0-tokens": "24,000",
        f"{code}-name": "code",
        f"{code}-dataset": str(data.code.pk),
        f"{code}-scores": str(data.length.pk),
        f"{code}-weight": "3",
        f"{code}-selection": "top_r",
        f"{code}-selection-of": "selections.top_r",
        f"{code}-selection-ratio": "0.6",
        f"{code}-selection-keep": "lowest",
        f"{code}-ordering": "saw",
        f"{code}-ordering-of": "orderings.saw",
        f"{code}-ordering-sections": "3",
        f"{code}-ordering-transition_ratio": "0.075",
        f"{code}-ordering-layers": "3",
        f"{code}-jitter_window": "4",
        f"{code}-epochs": "",
        f"{prose}-name": "prose",
        f"{prose}-dataset": str(data.prose.pk),
        f"{prose}-weight": "1",
        f"{prose}-domains": ["reference"],
        f"{prose}-ordering": "shuffle",
        f"{prose}-ordering-of": "orderings.shuffle",
        f"{prose}-jitter_window": "",
        f"{prose}-epochs": "",
    }
    return sent | changes


class Sent(HTMLParser):
    """The fields of a page's builder as a browser sends them back."""

    def __init__(self, page: str):
        super().__init__()
        self.values, self._select = {}, None
        self.feed(page[page.index('id="builder"') :])

    def handle_starttag(self, tag, attrs):
        about = dict(attrs)
        name = about.get("name")
        ticked = about.get("type") != "checkbox" or "checked" in about
        if tag == "input" and name and ticked and name != "csrfmiddlewaretoken":
            self.values.setdefault(name, []).append(about.get("value", "on" if about.get("type") == "checkbox" else ""))
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in about:
            self.values.setdefault(self._select, []).append(about.get("value", ""))
        elif tag == "textarea" and name:
            self.values.setdefault(name, [""])


def sent_by(page: str) -> dict[str, list[str]]:
    return Sent(page).values


def new(project):
    return reverse("curricula:new", args=[project.pk])


def test_a_curriculum_is_made_in_the_browser(signed_in, bob, data, posted):
    answer = signed_in(bob).post(new(data.project), posted)
    version = CurriculumVersion.objects.get(curriculum__name="Saw over code")
    assert answer.headers["Location"] == reverse("curricula:version", args=[version.pk])
    assert len(version.digest) == 64
    (phase,) = json.loads(version.document)["phases"]
    code, prose = phase["streams"]
    assert phase["tokens"] == 24_000
    assert phase["mixture"]["params"]["weights"] == {"code": 3, "prose": 1}
    assert code["selection"]["params"] == {"ratio": 0.6, "keep": "lowest"}
    assert code["ordering"]["params"]["layers"] == 3
    assert (code["jitter_window"], prose["domains"], prose["selection"]) == (4, ["reference"], None)
    assert "jitter" not in code


def test_jitter_of_another_kind_is_in_the_document_comes_back_and_is_told(signed_in, alice, data, posted):
    kinds = {"phases-0-streams-0-jitter": "overlapping", "phases-0-streams-1-jitter": "disjoint"}
    answer = signed_in(alice).post(new(data.project), posted | kinds)
    version = CurriculumVersion.objects.get(curriculum__name="Saw over code")
    code, prose = json.loads(version.document)["phases"][0]["streams"]
    assert code["jitter"] == "overlapping" and "jitter" not in prose
    page = signed_in(alice).get(answer.headers["Location"]).content.decode()
    assert "with a jitter window of 4, overlapping" in page
    edit = reverse("curricula:edit", args=[version.curriculum_id])
    sent = sent_by(signed_in(alice).get(edit).content.decode())
    assert sent["phases-0-streams-0-jitter"] == ["overlapping"]
    signed_in(alice).post(edit, sent)
    second = version.curriculum.versions.get(number=2)
    assert second.digest == version.digest
    assert documents.draft_of(yaml_of(version), data.project)["phases"][0]["streams"][0]["jitter"] == "overlapping"
    sent["phases-0-streams-0-jitter"] = ["gumbel"]
    signed_in(alice).post(edit, sent)
    compared = signed_in(alice).get(reverse("curricula:detail", args=[version.curriculum_id])).context["diff"]
    assert [(c.label, c.before, c.after) for c in compared.changes] == [
        ("Phase 1, stream code: jitter", "overlapping", "gumbel")
    ]


def test_an_unknown_kind_of_jitter_is_refused_at_its_field(signed_in, alice, data, posted):
    answer = signed_in(alice).post(new(data.project), posted | {"phases-0-streams-0-jitter": "wild"})
    assert "Select a valid choice" in answer.content.decode()
    assert not CurriculumVersion.objects.exists()


@pytest.mark.parametrize(
    ("change", "at", "words"),
    [
        ({"phases-0-streams-0-weight": "-1"}, "phases-0-streams-0-weight", "At least 0."),
        ({"phases-0-streams-0-jitter_window": "5000"}, "phases-0-streams-0-jitter_window", "larger than the"),
        ({"phases-0-streams-0-ordering-layers": "0"}, "phases-0-streams-0-ordering-layers", "At least 1."),
        ({"phases-0-streams-0-selection-ratio": ""}, "phases-0-streams-0-selection-ratio", "required"),
        ({"phases-0-streams-0-selection-ratio": "0"}, "phases-0-streams-0-selection", "keeps none of"),
        ({"phases-0-streams-0-scores": ""}, "phases-0-streams-0-scores", "choose a score set"),
        ({"phases-0-tokens": "many"}, "phases-0-tokens", "whole number"),
        ({"phases-0-tokens": "90000000", "phases-0-streams-0-epochs": "1", "phases-0-streams-1-epochs": "1"},
         "phases-0-tokens", "tokens short of its"),
        ({"phases-0-streams-1-name": "code"}, "phases-0-streams-1-name", "taken already"),
        ({"phases-0-streams-0-weight": "0", "phases-0-streams-1-weight": "0"},
         "phases-0-streams-0-weight", "needs a weight above 0"),
        ({"phases-0-streams-1-dataset": "nonsense"}, "phases-0-streams-1-dataset", "Select a valid choice"),
        ({"name": ""}, "name", "required"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(signed_in, alice, data, change, at, words):
    answer = signed_in(alice).post(new(data.project), fields(data, **change))
    assert answer.status_code == 200
    builder = answer.context["builder"]
    at_field = [problem["sentence"] for problem in builder.problems() if problem["id"] == f"id_{at}"]
    assert any(words in sentence for sentence in at_field), builder.problems()
    page = answer.content.decode()
    assert "Nothing was saved." in page
    assert f'href="#id_{at}"' in page
    shown = typed.numbered(builder.typed)
    for name, value in fields(data, **change).items():
        assert shown.getlist(name) == (value if isinstance(value, list) else [value])
    assert not Curriculum.objects.exists()


def test_all_that_the_data_refuse_is_said_at_once(signed_in, alice, data):
    both = {"phases-0-streams-0-jitter_window": "5000", "phases-0-streams-1-jitter_window": "5000"}
    answer = signed_in(alice).post(new(data.project), fields(data, **both))
    builder = answer.context["builder"]
    assert {problem["id"] for problem in builder.problems()} == {f"id_{name}" for name in both}
    assert [problem["of"] for problem in builder.problems()] == ["stream 1", "stream 2"]  # there is one phase
    assert "Jitter window of stream 2</a>" in answer.content.decode()


def test_a_name_that_is_taken_is_refused_at_the_name(signed_in, alice, data, posted):
    signed_in(alice).post(new(data.project), posted)
    builder = signed_in(alice).post(new(data.project), posted).context["builder"]
    assert [problem["id"] for problem in builder.problems()] == ["id_name"]
    assert Curriculum.objects.count() == 1


def test_a_new_curriculum_begins_with_about_one_pass_through_the_first_dataset(signed_in, alice, data):
    builder = signed_in(alice).get(new(data.project)).context["builder"]
    (phase,) = builder.phases
    one_pass = data.prose.artifact.meta["bytes"] / rate(data.tokenizer)
    assert int(phase.form["tokens"].value()) == pytest.approx(one_pass, rel=0.05)
    assert phase.streams[0].form["dataset"].value() == str(data.prose.pk)


def test_a_viewer_cannot_open_the_builder_and_a_stranger_finds_nothing(signed_in, vera, charlie, data):
    assert signed_in(vera).get(new(data.project)).status_code == 403
    assert signed_in(vera).post(new(data.project), {}).status_code == 403
    assert signed_in(charlie).get(new(data.project)).status_code == 404


def test_phases_and_streams_are_added_and_removed_and_the_rest_stays_as_it_was_typed(
    signed_in, alice, data, posted, htmx
):
    odd = posted | {"phases-0-tokens": "not yet", "phases-0-streams-0-jitter_window": "-3"}
    steps = [("add-stream:0", [3]), ("add-phase", [2, 2]), ("remove-stream:0-0", [1]), ("remove-phase:0", [2])]
    for asked, streams in steps:
        answer = signed_in(alice).post(new(data.project), odd | {"do": asked}, headers=htmx)
        builder = answer.context["builder"]
        assert [len(phase.streams) for phase in builder.phases] == streams
        assert b"<html" not in answer.content
        assert not builder.problems()
        assert builder.phases[0].form["tokens"].value() == "not yet"
    answer = signed_in(alice).post(new(data.project), odd | {"do": "remove-stream:0-0"}, headers=htmx)
    assert answer.context["builder"].phases[0].streams[0].form["name"].value() == "prose"


def test_one_more_stream_is_over_another_dataset_never_over_an_older_version_of_the_same():
    dataset = {"new": 1, "old": 1, "other": 2}
    choices = SimpleNamespace(versions={key: SimpleNamespace(dataset_id=pk) for key, pk in dataset.items()})
    streams = []
    for _ in range(3):
        streams.append(typed.new_stream(choices, streams))
    assert [stream.one("dataset") for stream in streams] == ["new", "other", "other"]


@pytest.mark.parametrize(
    "asked",
    ["remove-stream:0", "remove-stream:9-9", "remove-phase:0", "remove-phase:7", "add-stream:", "add-stream:4", "x"],
)
def test_what_cannot_be_added_or_removed_changes_nothing(signed_in, alice, data, posted, asked):
    builder = signed_in(alice).post(new(data.project), posted | {"do": asked}).context["builder"]
    assert [len(phase.streams) for phase in builder.phases] == [2]


def test_another_dataset_brings_its_own_domains_and_score_sets(signed_in, alice, data, posted, htmx):
    sent = posted | {"phases-0-streams-0-dataset": str(data.prose.pk), "do": "refresh"}
    builder = signed_in(alice).post(new(data.project), sent, headers=htmx).context["builder"]
    stream = builder.phases[0].streams[0].form
    assert [name for name, _ in stream.fields["domains"].choices] == ["reference", "statements"]
    assert stream["scores"].value() in (None, "")
    assert stream["weight"].value() == "3"


def test_another_method_shows_its_own_settings_even_without_script(signed_in, alice, data, posted):
    page = signed_in(alice).post(new(data.project), posted | {"phases-0-streams-0-ordering": "zigzag"})
    assert "Another method was chosen" in page.content.decode()
    assert "phases-0-streams-0-ordering-layers" in page.content.decode()
    assert not Curriculum.objects.exists()


def test_another_method_begins_with_its_own_defaults(signed_in, alice, data, posted):
    """With script, choosing brings the fields; nought is the default of the first and below the least of the second."""
    at = "phases-0-streams-0-ordering"
    sent = {k: v for k, v in posted.items() if not k.startswith(at)} | {
        at: "one_pass",
        f"{at}-of": "orderings.interleaved",
    }
    page = signed_in(alice).post(new(data.project), {**sent, f"{at}-buckets": "0", "do": "refresh"}).content.decode()
    assert sent_by(page)[f"{at}-buckets"] == ["10"]
    page = signed_in(alice).post(new(data.project), {**sent, f"{at}-buckets": "7", "do": "refresh"}).content.decode()
    assert sent_by(page)[f"{at}-buckets"] == ["7"]


def test_an_edit_that_changes_nothing_gives_the_same_digest(signed_in, alice, study):
    for version in (study.mixed, study.phased):
        address = reverse("curricula:edit", args=[version.curriculum_id])
        page = signed_in(alice).get(address).content.decode()
        signed_in(alice).post(address, sent_by(page))
        again = version.curriculum.versions.get(number=2)
        assert again.digest == version.digest


def test_a_duplicate_is_a_new_curriculum_with_the_same_digest(signed_in, alice, study):
    address = f"{new(study.project)}?from={study.phased.pk}"
    page = signed_in(alice).get(address)
    sent = sent_by(page.content.decode())
    assert sent["name"] == ["Prose, then code with replay (copy)"]
    assert signed_in(alice).post(address, sent).status_code == 302
    made = CurriculumVersion.objects.get(curriculum__name=sent["name"][0])
    assert made.digest == study.phased.digest


def test_a_version_of_another_project_is_no_pattern(signed_in, alice, charlie, study):
    elsewhere = services.Project.objects.create(name="Elsewhere")
    factories.Membership.objects.create(project=elsewhere, user=charlie, role="owner")
    assert signed_in(charlie).get(f"{new(elsewhere)}?from={study.phased.pk}").status_code == 404
    assert signed_in(charlie).get(f"{new(elsewhere)}?from=nonsense").status_code == 404


def test_a_project_without_data_says_what_is_needed_first(signed_in, alice, project):
    page = signed_in(alice).get(new(project)).content.decode()
    assert "does not have both yet" in page


def test_the_builder_asks_the_database_as_often_for_many_streams_as_for_few(
    signed_in, alice, study, django_assert_max_num_queries
):
    client = signed_in(alice)
    asked = []
    for version in (study.mixed, study.phased):
        with django_assert_max_num_queries(12) as queries:
            client.get(reverse("curricula:edit", args=[version.curriculum_id]))
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_a_mixture_by_size_asks_for_no_weights_and_keeps_them_for_another_one(signed_in, alice, data, posted):
    client, page = signed_in(alice), new(data.project)
    typed = posted | {"phases-0-mixture": "temperature", "do": "refresh"}
    shown = client.post(page, typed).content.decode()
    sent = sent_by(shown)
    assert sent["phases-0-mixture-tau"] == ["2.0"]
    assert sent["phases-0-streams-0-weight"] == ["3"]
    assert 'type="number" name="phases-0-streams-0-weight"' not in shown
    client.post(page, sent | {"phases-0-mixture-tau": "5", "name": "Tempered"})
    (phase,) = json.loads(CurriculumVersion.objects.get(curriculum__name="Tempered").document)["phases"]
    assert phase["mixture"] == {"method": "temperature", "params": {"tau": 5}, "version": 1}


def test_key_frames_typed_as_text_come_back_as_they_were(signed_in, alice, data, posted):
    client = signed_in(alice)
    frames = "0: code 1, prose 3\r\n50%: code 1"
    typed = posted | {
        "phases-0-mixture": "key_frames",
        "phases-0-mixture-of": "mixing.key_frames",
        "phases-0-mixture-frames": frames,
        "phases-0-mixture-between": "stepped",
    }
    answer = client.post(new(data.project), typed)
    version = CurriculumVersion.objects.get(curriculum__name="Saw over code")
    (phase,) = json.loads(version.document)["phases"]
    assert phase["mixture"]["params"]["frames"] == [[0, {"code": 1, "prose": 3}], [0.5, {"code": 1}]]
    page = client.get(answer.headers["Location"]).content.decode()
    assert "0.5: code 1" in page
    assert "M0.0,7.0H10.0V28.0H0.0Z" in page  # prose, from the first token on
    assert "62.5 %" in page
    edit = client.get(reverse("curricula:edit", args=[version.curriculum_id])).content.decode()
    assert "0: code 1, prose 3\n0.5: code 1</textarea>" in edit
    wrong = client.post(new(data.project), typed | {"phases-0-mixture-frames": "0: law 1"}).content.decode()
    assert "no stream &#x27;law&#x27; in this phase" in wrong


def test_what_happens_when_a_stream_runs_out_is_chosen_kept_and_told(signed_in, alice, data, posted):
    client = signed_in(alice)
    chosen = {"phases-0-streams-0-exhausted": "stop", "phases-0-streams-1-exhausted": "renormalise"}
    answer = client.post(new(data.project), posted | chosen | {"phases-0-streams-1-epochs": "3"})
    version = CurriculumVersion.objects.get(curriculum__name="Saw over code")
    streams = json.loads(version.document)["phases"][0]["streams"]
    assert [stream["exhausted"] for stream in streams] == ["stop", "renormalise"]
    page = client.get(answer.headers["Location"]).content.decode()
    assert "1, then the phase ends" in page
    assert "3, then the others take its share" in page
    edit = client.get(reverse("curricula:edit", args=[version.curriculum_id])).content.decode()
    assert sent_by(edit)["phases-0-streams-0-exhausted"] == ["stop"]
