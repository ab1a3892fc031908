import json

import pytest
from django.urls import reverse

from apps.comparisons.selectors import View, compare
from tests.apps.runs.builders import run_of


def fairness(*runs):
    return compare(list(runs), View()).fairness


def sides(*runs):
    return {c.title: [(side.value, side.names) for side in c.sides] for c in fairness(*runs).confounders}


def documented(run, **recipe):
    """The run with another recipe in its document."""
    document = json.loads(run.document)
    document["recipe"] |= recipe
    run.recipe, run.document = document["recipe"], json.dumps(document)
    run.save(update_fields=["recipe", "document"])
    return run


@pytest.fixture
def base(project, alice):
    return run_of(project, alice, "Base")


def test_runs_of_two_curricula_that_share_the_rest_have_no_confounder(project, alice, base):
    one, two = run_of(project, alice, "One", base=base), run_of(project, alice, "Two", base=base)
    found = fairness(one, two)
    assert found.confounders == []
    assert found.verdict.startswith("Of what was looked at nothing differs but the curriculum.")
    assert "no winner is named" in found.verdict
    assert {"Tokens", "Initial weights", "Seeds", "Schedule", "Tokenizer"} <= set(found.same)


def test_each_difference_is_told_with_the_runs_that_it_concerns(project, alice, base):
    one = run_of(project, alice, "One", base=base)
    two = run_of(project, alice, "Two", base=base)
    long = run_of(project, alice, "Long", base=base, phases=(("main", 800),), peak=3e-4)
    found = sides(one, two, documented(long, precision="bf16", batch_size=32))
    assert found["Tokens"] == [("400 tokens", ["One", "Two"]), ("800 tokens", ["Long"])]
    assert [names for _, names in found["Schedule"]] == [["One", "Two"], ["Long"]]
    assert "precision bf16" in found["Precision and compiling"][1][0]
    assert "batch size 32" in found["Batch and context"][1][0]
    assert "Optimizer" not in found


def test_a_longer_warm_up_is_another_schedule(project, alice, base):
    one, two = run_of(project, alice, "One", base=base), run_of(project, alice, "Two", base=base)
    documented(two, schedules=[{"shape": "cosine", "peak": 1e-3, "warmup": 0.1}])
    assert "warm-up over 10.0%" in sides(one, two)["Schedule"][1][0]


def test_fresh_weights_against_a_continuation_are_said(project, alice, base):
    assert sides(base, run_of(project, alice, "Code", base=base))["Initial weights"] == [
        ("fresh weights of llama-1m, drawn from the seed", ["Base"]),
        ("Base", ["Code"]),
    ]


def test_a_run_that_was_cancelled_or_that_lost_its_order_is_named(project, alice, base):
    one, two = run_of(project, alice, "One", base=base), run_of(project, alice, "Two", base=base, status="cancelled")
    two.certificate = {"steps": 4, "matches": False, "first_difference": 3, "digest": "c" * 64}
    two.save()
    found = sides(one, two)
    assert found["Finished"] == [("finished", ["One"]), ("cancelled", ["Two"])]
    assert found["Order kept"][1] == ("differs from step 3 on", ["Two"])


def test_settings_over_the_same_seeds_are_fair_and_over_others_are_not(project, alice, base):
    again = run_of(project, alice, "One, seed 1", base=base, seed=1)
    one = run_of(project, alice, "One, seed 0", base=base)
    again.version = one.version
    again.save()
    assert "Seeds" in fairness(one, again).same  # one setting, two seeds
    lone = run_of(project, alice, "Two, seed 0", base=base)
    assert sides(one, again, lone)["Seeds"] == [
        ("seed 0, seed 1", ["One, seed 0", "One, seed 1"]),
        ("seed 0", ["Two, seed 0"]),
    ]


def test_what_was_not_recorded_is_unknown_and_not_the_same(project, alice, base):
    one, two = run_of(project, alice, "One", base=base), run_of(project, alice, "Two", base=base)
    assert "Code version" in fairness(one, two).unknown
    one.certificate |= {"code": "Gradatim 0.1.0, torch 2.13.0"}
    one.save()
    assert "Code version" not in fairness(one, two).same
    two.certificate |= {"code": "Gradatim 0.2.0, torch 2.13.0"}
    two.save()
    assert "Code version" in sides(one, two)


def test_evaluation_on_other_texts_is_said_by_their_names(study):
    one, two = study.arms[0], study.arms[2]
    assert "Evaluation data" in fairness(one, two).same
    two.evaluated_on.set([study.prose])
    found = sides(one, two)["Evaluation data"]
    assert found[1][0].startswith("Language reference, version 1")


def test_a_folder_of_the_server_is_not_told(project, alice):
    one = documented(run_of(project, alice, "One"), model={"folder": "/srv/secret/llama"})
    found = sides(one, run_of(project, alice, "Two"))
    assert found["Initial weights"][0][0] == "a local folder"


def test_page_api_and_shared_page_tell_it(client, project, alice, base):
    from apps.shares import services

    other = run_of(project, alice, "Longer", base=base, phases=(("main", 800),))
    asked = f"?runs={base.pk},{other.pk}"
    client.force_login(alice)
    assert "Is the comparison fair?" in client.get(reverse("comparisons:compare") + asked).text
    told = client.get(reverse("api:compare-diagnostics") + asked).json()["fairness"]
    assert told["confounders"][0]["sides"][1] == {"value": "800 tokens", "runs": [1], "names": ["Longer"]}
    _, url = services.create_share(project=project, title="Shared", runs=[base.pk, other.pk], by=alice)
    client.logout()
    assert "More training by itself lowers a loss." in client.get(url[url.index("/s/") :], follow=True).text
