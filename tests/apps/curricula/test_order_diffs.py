"""Two versions compared by their samples: what stays, what goes, what moves, on the page and over the API."""

import copy
import json

import numpy as np
import pytest
from django.urls import reverse

from apps.curricula import services
from gradatim.plans import Plan as PlanFile
from tests.apps import factories
from tests.apps.curricula.test_builder import sent_by

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(data, alice):
    return factories.phased_curriculum(data, alice)


def further(version, by, change):
    """The next version, after ``change`` of a copy of the draft."""
    draft = copy.deepcopy(version.draft)
    change(draft)
    return services.create_version(curriculum=version.curriculum, draft=draft, by=by)


def code_of(draft) -> dict:
    return draft["phases"][1]["streams"][1]


def answered(client, version, **query):
    return client.get(reverse("curricula:detail", args=[version.curriculum_id]), query)


def order_of(version, by, stream: int) -> list[int]:
    """The first pass of a stream as a plan resolves it, not as the comparison does."""
    plan = factories.done(services.plan_version(version=version, seed=0, by=by))
    file = PlanFile(factories.store().get(plan.artifact.kind, plan.artifact.digest).path)
    mine = np.asarray(file.stream) == stream
    return file.position[mine & (np.asarray(file.epoch) == 0)].tolist()


def test_what_moved_is_what_the_plans_of_both_versions_show(signed_in, alice, version):
    second = further(version, alice, lambda draft: code_of(draft).update(ordering={"method": "sorting"}))
    answer = answered(signed_in(alice), version)
    rows = {(row.phase, row.name): row for row in answer.context["data"].streams}
    assert list(rows) == [("prose-first", "prose"), ("shift", "prose"), ("shift", "code")]
    old, new = order_of(version, alice, 2), order_of(second, alice, 2)
    assert sorted(old) == sorted(new)
    assert old != new
    shifts = np.array([abs(i - new.index(p)) for i, p in enumerate(old)])
    found = rows["shift", "code"].diff
    assert (found.both, found.only_before, found.only_after, found.overlap) == (len(old), 0, 0, 1)
    assert found.moved == pytest.approx(np.mean(shifts > 0))
    assert found.mean == pytest.approx(shifts.mean() / len(old))
    page = answer.content.decode()
    assert f"Both versions keep the same {len(old)} samples. {100 * found.moved:.1f} % of them moved" in page
    assert rows["shift", "prose"].diff.same
    assert page.count("in the same order.") == 2


def test_samples_that_go_and_come_are_counted_and_tokens_told_by_domain(signed_in, vera, alice, version):
    def fewer(draft):
        code_of(draft)["selection"]["params"] = {"ratio": 0.5, "keep": "lowest"}
        code_of(draft)["jitter_window"] = 0

    further(version, alice, fewer)
    answer = answered(signed_in(vera), version)
    row = answer.context["data"].streams[-1]
    pool = row.diff.both + row.diff.only_before + row.diff.only_after
    assert row.diff.only_before > 0
    assert row.diff.only_after > 0
    assert row.diff.overlap == pytest.approx(row.diff.both / pool)
    kept = row.after.view().kept
    assert sum(domain.after for domain in row.domains) == int(row.after.data.lengths[kept].sum())
    assert f"Version 2 keeps {row.diff.both} of the {row.diff.both + row.diff.only_before} samples" in row.sentence
    assert "Tokens by domain" in answer.content.decode()


def test_a_stream_of_one_version_alone_is_told_and_nothing_is_counted(signed_in, alice, version):
    def alone(draft):
        del draft["phases"][1]["streams"][0]
        draft["phases"][1]["mixture"]["params"]["weights"] = {"code": 1}

    further(version, alice, alone)
    rows = answered(signed_in(alice), version).context["data"].streams
    assert ("prose", "Only version 1 has this stream.") in [(row.name, row.sentence) for row in rows]
    assert next(row for row in rows if row.name == "code").diff.same


def test_samples_of_another_dataset_version_are_matched_by_their_ids(signed_in, alice, data, version):
    rows = factories.code_rows(40)
    later = factories.dataset(data.project, alice, data.code.dataset.name, rows[10:] + [{**rows[0], "id": "new"}])
    factories.done(factories.datasets.tokenize_version(version=later, tokenizer=data.tokenizer, by=alice))

    def other(draft):
        stream = code_of(draft)
        stream["dataset"] = str(later.pk)
        for key in ("scores", "selection", "ordering", "jitter_window"):
            stream.pop(key)

    first = further(version, alice, lambda draft: code_of(draft).pop("selection"))
    further(version, alice, other)
    answer = answered(signed_in(alice), version)
    row = answer.context["data"].streams[-1]
    assert row.by_id
    assert row.diff.both <= 30
    assert row.diff.only_before > 0
    assert "matched by their ids" in answer.content.decode()
    assert first.number == 2


def test_data_that_are_still_being_made_are_waited_for_in_words(signed_in, alice, data, version):
    further(version, alice, lambda draft: code_of(draft).update(ordering={"method": "sorting"}))
    type(data.ratio).objects.filter(pk=data.ratio.pk).update(artifact=None)
    type(data.ratio.job).objects.filter(pk=data.ratio.job_id).update(status="running")
    page = answered(signed_in(alice), version).content.decode()
    assert "Nothing can be compared: its scores are still being computed." in page


def test_both_orders_are_drawn_against_one_score_and_told_apart_by_dash(signed_in, alice, version):
    further(version, alice, lambda draft: code_of(draft).update(ordering={"method": "sorting"}))
    address = reverse("curricula:orders", args=[version.curriculum_id])
    document = json.loads(signed_in(alice).get(address, {"from": 1, "to": 2}).content)
    lines = [trace for trace in document["figure"]["data"] if trace["name"].endswith("ratio")]
    names = [f"shift: code, version {n} by compression ratio" for n in (1, 2)]
    assert [(t["name"], t["line"]["dash"], t["meta"]["color"]) for t in lines] == [
        (names[0], "dot", 0),
        (names[1], "solid", 0),
    ]
    same = json.loads(signed_in(alice).get(address, {"from": 2, "to": 2}).content)
    assert same["figure"]["data"] == []
    assert "are the same" in same["empty"]


def test_the_api_gives_figures_with_the_settings(signed_in, alice, version):
    second = further(version, alice, lambda draft: code_of(draft).update(ordering={"method": "sorting"}))
    address = reverse("api:curriculum-diff", args=[second.pk])
    body = signed_in(alice).get(address, {"before": str(version.pk)}).json()
    code = body["streams"][-1]
    assert (code["name"], code["phase"], code["only_before"], code["overlap"]) == ("code", "shift", 0, 1)
    assert 0 < body["moved"] < code["moved"] <= 1
    assert -1 <= code["correlation"] <= 1
    assert code["domains"][0].keys() == {"name", "before", "after"}


def test_an_order_that_was_looked_at_is_not_made_again(signed_in, alice, version, monkeypatch):
    from apps.curricula import first_passes

    further(version, alice, lambda draft: code_of(draft).update(ordering={"method": "sorting"}))
    answered(signed_in(alice), version)
    monkeypatch.setattr(first_passes.FirstPass, "view", None)
    assert "moved" in answered(signed_in(alice), version).content.decode()


def test_the_database_is_asked_as_often_for_many_streams_as_for_few(
    signed_in, alice, data, version, django_assert_max_num_queries
):
    def more(draft):
        for k in range(12):
            draft["phases"][1]["streams"].append({**code_of(draft), "name": f"more-{k}"})
            draft["phases"][1]["mixture"]["params"]["weights"][f"more-{k}"] = 1

    further(version, alice, more)
    further(version, alice, more)
    client = signed_in(alice)
    with django_assert_max_num_queries(24):
        answered(client, version)


def test_a_draft_that_is_being_typed_is_compared_with_the_version_it_was_opened_from(signed_in, alice, version):
    client = signed_in(alice)
    page = client.get(reverse("curricula:edit", args=[version.curriculum_id])).content.decode()
    sent = sent_by(page)
    assert sent["against"] == [str(version.pk)]
    address = reverse("curricula:preview", args=[version.curriculum.project_id])
    same = client.post(address, sent).json()["html"]
    assert "Against version 1" in same
    assert "The same samples in the same order." in same
    ratio = {"phases-1-streams-1-selection-ratio": "0.5"}
    assert "Version 2 keeps" in client.post(address, sent | ratio).json()["html"]
    for unread in ({"phases-1-streams-1-selection-ratio": ""}, {"against": "nonsense"}, {"against": ""}):
        assert "Against version" not in client.post(address, sent | unread).json()["html"]
