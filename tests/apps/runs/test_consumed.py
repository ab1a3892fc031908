"""From a point of a loss curve to the samples of its step, and the certificate wherever the run is shown."""

import json

import numpy as np
import pytest
from django.urls import reverse

from apps.common import lookup
from apps.comparisons import selectors as comparisons
from apps.comparisons import tables
from apps.datasets.models import TokenizedVersion
from apps.jobs.models import Artifact
from apps.runs import certificates, consumed, figures
from apps.runs.models import Run
from apps.site.storage import store
from gradatim import artifacts, chain
from gradatim.corpora.tokens import Tokens
from gradatim.plans import Plan
from tests.apps.runs.builders import run_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def phased(study):
    """A run of two phases whose second stream is ordered by a score."""
    return study.arms[1]


def address(run, step) -> str:
    return reverse("runs:step", args=[run.pk, step])


def certify(run, tmp_path, *, from_step=None) -> list[str]:
    """Gives the run the certificate of a faithful trainer; of one that strays at ``from_step``, where it is given."""
    plan, packing = Plan(lookup.folder(run.plan.artifact)), consumed.packing_of(run)
    rows = TokenizedVersion.objects.select_related("artifact")
    tokens = {row.artifact.meta["dataset"]: Tokens(lookup.folder(row.artifact)) for row in rows}
    links = []
    for step in range(packing.steps):
        strays = from_step is not None and step + 1 == from_step
        pieces = packing.pieces(step - 1 if strays else step)
        links.append(chain.link_of(links[-1] if links else "", plan, tokens, pieces))
    folder = tmp_path / "certificate"
    folder.mkdir()
    (folder / chain.FILE).write_text("".join(f"{link}\n" for link in links))
    artifacts.seal(folder, "certificate", {"steps": len(links)})
    stored = store().put(folder)
    row = Artifact.objects.create(kind=stored.kind, digest=stored.digest, size=stored.size, meta=stored.meta)
    verdict = {"steps": len(links), "matches": from_step is None, "first_difference": from_step, "digest": links[-1]}
    Run.objects.filter(pk=run.pk).update(certificate=verdict, certificate_file=row)
    run.refresh_from_db()
    return links


def test_a_step_shows_its_samples_in_the_order_of_the_plan(study, phased):
    packing = consumed.packing_of(phased)
    plan, number = packing.plan, packing.phases[1].first + 5
    step = consumed.step_of(phased, packing, number)
    pieces = packing.pieces(number - 1)
    assert step.samples == len(pieces.samples) == len(step.taken)
    assert [t.row["position"] for t in step.taken] == plan.position[pieces.samples].tolist()
    assert sum(t.tokens for t in step.taken) == 4 * 64
    assert {t.stream for t in step.taken} <= {"prose", "code"}
    assert (step.phase, step.before) == ("shift", (number - 1) * 256)
    code = next(t for t in step.taken if t.stream == "code")
    assert code.version == study.code
    (own, score, is_own), *others = code.scores
    assert (own, is_own) == (study.ratio, True)
    assert score == float(lookup.scores(study.ratio.artifact)[code.row["position"]])
    assert [(row, is_own) for row, _, is_own in others] == [(study.length, False)]
    first, last = step.taken[0], step.taken[-1]
    assert first.skipped + first.tokens <= first.length
    assert last.left == last.length - last.skipped - last.tokens >= 0


def test_consecutive_steps_leave_no_token_out(phased):
    packing = consumed.packing_of(phased)
    one, other = (packing.pieces(step) for step in (3, 4))
    if one.samples[-1] == other.samples[0]:
        assert other.skipped[0] == one.skipped[-1] + one.tokens[-1]
    else:
        assert other.samples[0] == one.samples[-1] + 1


def test_the_page_says_loss_place_and_neighbours_and_escapes_the_text(signed_in, vera, phased):
    client = signed_in(vera)
    losses = consumed.step_of(phased, consumed.packing_of(phased), 5).losses
    page = client.get(address(phased, 5)).content.decode()
    assert f"{losses[5]:.3f}" in page
    assert address(phased, 4) in page and address(phased, 6) in page
    assert "Sharpest rises" in page
    assert "stream <b>prose</b>, pass 1" in page
    packing = consumed.packing_of(phased)
    pages = [
        client.get(address(phased, step)).content.decode() for step in range(packing.phases[1].first, packing.steps)
    ]
    assert not any("<script>alert" in page for page in pages)
    assert any("&lt;script&gt;alert" in page for page in pages)


def test_a_number_beyond_the_run_leads_to_its_end_and_a_word_is_refused_in_words(signed_in, vera, phased):
    client = signed_in(vera)
    steps = consumed.packing_of(phased).steps
    assert client.get(address(phased, 0)).url == address(phased, 1)
    assert client.get(address(phased, 10**6)).url == address(phased, steps)
    form = reverse("runs:steps", args=[phased.pk])
    assert client.get(form, {"step": "7"}).url == address(phased, 7)
    answer = client.get(form, {"step": "-1"}, follow=True)
    assert "A step is a whole number from 1 on." in answer.content.decode()


def test_a_run_without_a_plan_says_when_its_steps_are_known(signed_in, vera, alice, project):
    run = run_of(project, alice)
    Run.objects.filter(pk=run.pk).update(document="")
    page = signed_in(vera).get(address(run, 1)).content.decode()
    assert "known once the run has started" in page


def test_queries_do_not_grow_with_the_samples_of_a_step(signed_in, vera, phased, django_assert_max_num_queries):
    client = signed_in(vera)
    with django_assert_max_num_queries(14):
        client.get(address(phased, 1))
    document = json.loads(phased.document)
    document["recipe"]["batch_size"] = 24
    Run.objects.filter(pk=phased.pk).update(document=json.dumps(document))
    with django_assert_max_num_queries(14):
        page = client.get(address(phased, 1)).content.decode()
    assert page.count("<li>") > 12


def test_a_step_is_certified_by_the_trainers_own_hash(signed_in, vera, phased, tmp_path):
    client = signed_in(vera)
    assert "As the plan has it:" in client.get(address(phased, 3)).content.decode()
    certify(phased, tmp_path)
    for step in (1, 2, consumed.packing_of(phased).steps):
        assert "Certified." in client.get(address(phased, step)).content.decode()


def test_the_step_that_strayed_is_named_and_the_others_are_certified(signed_in, vera, phased, tmp_path):
    client = signed_in(vera)
    certify(phased, tmp_path, from_step=9)
    found = [consumed.step_of(phased, consumed.packing_of(phased), step).certified for step in (8, 9, 10)]
    assert found == [True, False, True]
    assert "Not what was consumed." in client.get(address(phased, 9)).content.decode()
    page = client.get(reverse("runs:detail", args=[phased.pk])).content.decode()
    assert "Step 9 is the first that consumed something else than planned." in page
    assert address(phased, 9) in page


def test_a_point_of_the_loss_knows_its_step_on_every_axis(signed_in, vera, phased):
    for axis in ("tokens", "steps", "time"):
        (trace,) = figures.payload("training-loss", [phased], {"axis": axis})["figure"]["data"]
        assert trace["customdata"] == list(range(121))
    page = signed_in(vera).get(reverse("runs:detail", args=[phased.pk])).content.decode()
    assert f'data-steps="{reverse("runs:steps", args=[phased.pk])}"' in page
    assert 'name="step"' in page


def test_a_sharp_rise_is_named_first():
    values = 4 - np.arange(40) / 20
    values[23] += 1.5
    found = consumed._rises(dict(zip(range(1, 41), values.tolist(), strict=True)), 40)
    assert found[0][0] == 24
    assert found[0][1] > 1.2
    assert consumed._rises({1: 2.0}, 40) == []


def test_the_api_gives_the_same_step(signed_in, vera, phased):
    client = signed_in(vera)
    found = client.get(reverse("api:run-step", args=[phased.pk, 5])).json()
    step = consumed.step_of(phased, consumed.packing_of(phased), 5)
    assert (found["step"], found["loss"], found["total"]) == (5, step.loss, step.samples)
    assert [row["position"] for row in found["samples"]] == [t.row["position"] for t in step.taken]
    assert found["certified"] is None
    refused = client.get(reverse("api:run-step", args=[phased.pk, 10**6]))
    assert (refused.status_code, refused.json()["field"]) == (400, "step")


def test_the_certificate_can_be_taken_away(signed_in, vera, phased, tmp_path):
    client = signed_in(vera)
    links = certify(phased, tmp_path)
    answer = client.get(reverse("runs:certificate", args=[phased.pk]))
    assert "attachment" in answer["Content-Disposition"]
    found = json.loads(answer.content)
    assert (found["matches"], found["updates"], found["digest"], found["steps"]) == (True, len(links), links[-1], links)
    assert found["plan"] == phased.plan.artifact.digest
    assert client.get(reverse("api:run-certificate", args=[phased.pk])).json() == found
    said = client.get(reverse("api:run", args=[phased.pk])).json()["certificate"]
    assert (said["state"], said["steps"], said["first_difference"]) == ("equal", len(links), None)
    assert said["digest"] == links[-1]
    assert reverse("runs:certificate", args=[phased.pk]) in client.get(phased_page(phased)).content.decode()
    Run.objects.filter(pk=phased.pk).update(certificate={})
    assert client.get(reverse("runs:certificate", args=[phased.pk])).status_code == 404


def phased_page(run) -> str:
    return reverse("runs:detail", args=[run.pk])


def test_a_comparison_says_which_runs_kept_their_order_in_table_export_and_api(signed_in, vera, study):
    kept, strayed = study.arms[:2]
    Run.objects.filter(pk=strayed.pk).update(certificate={"steps": 93, "matches": False, "first_difference": 1204})
    strayed.refresh_from_db()
    assert certificates.order_of(Run(certificate={})) == ""
    compared = comparisons.compare([kept, strayed], comparisons.view_of({}))
    assert [final.order for final in compared.finals] == ["consumed = planned", "differs from step 1,204 on"]
    assert "differs from step 1,204 on" in tables.markdown(compared)
    client, query = signed_in(vera), {"runs": f"{kept.pk},{strayed.pk}"}
    assert "differs from step 1,204 on" in client.get(reverse("comparisons:compare"), query).content.decode()
    rows = client.get(reverse("api:compare-table"), query).json()["finals"]
    assert [row["order"] for row in rows] == ["consumed = planned", "differs from step 1,204 on"]


def test_a_shared_page_says_whether_the_order_was_kept_and_leads_to_no_samples(client, study, alice):
    from apps.shares import services as shares

    _, url = shares.create_share(project=study.project, title="Shared", runs=[study.arms[0].pk], by=alice)
    page = client.get(url[url.index("/s/") :], follow=True).content.decode()
    assert "consumed = planned" in page
    assert "data-steps" not in page
    assert client.get(address(study.arms[0], 1)).status_code == 302
