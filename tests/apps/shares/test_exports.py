import json
import re

import pytest
from django.urls import reverse

from apps.comparisons import services as comparisons
from apps.shares import exports, services
from tests.apps.runs.builders import run_of

HOSTILE = "</script><script>alert(1)</script>"


@pytest.fixture
def runs(project, alice):
    base = run_of(project, alice, "Base")
    return [run_of(project, alice, HOSTILE, base=base), run_of(project, alice, "Replay", base=base)]


def address(*runs, **query):
    asked = "&".join([f"runs={','.join(str(run.pk) for run in runs)}", *(f"{k}={v}" for k, v in query.items())])
    return f"{reverse('shares:export')}?{asked}"


def test_a_comparison_is_one_file_that_fetches_nothing(signed_in, alice, runs):
    answer = signed_in(alice).get(address(*runs))
    assert answer["Content-Disposition"] == 'attachment; filename="2-runs-compared.html"'
    text = answer.content.decode()
    page = re.sub(r"<(script|style)>.*?</\1>", "", text, flags=re.S)
    assert not re.search(r"""(?:src|href)=["'](?!#)""", page)
    assert "default-src &#x27;none&#x27;" in text or "default-src 'none'" in text
    assert "Is the comparison fair?" in page


def test_names_cannot_leave_the_blocks_that_hold_the_charts(signed_in, alice, runs):
    text = signed_in(alice).get(address(*runs)).content.decode()
    assert "<script>alert(1)" not in text
    found = re.findall(r'<script type="application/json" id="([\w-]+)">(.*?)</script>', text, re.S)
    assert [key for key, _ in found] == [
        "evaluation-0-data",
        "evaluation-1-data",
        "training-data",
        "learning-rate-data",
    ]
    drawn = json.loads(found[0][1])
    assert HOSTILE in {trace["name"] for trace in drawn["figure"]["data"]}
    assert drawn["live"] is False


def test_only_the_scripts_whose_hashes_are_named_run():
    for script in exports.scripts():
        assert script["hash"] == exports._hash(script["text"])
        assert "</script" not in script["text"]
        assert not re.search(r"^(import|export) ", script["text"], re.M)


def test_a_saved_comparison_gives_its_name_and_a_domain_its_own_chart(signed_in, alice, project, runs):
    saved = comparisons.save_comparison(
        project=project, name="Cost of a shift", question="Worth it?", runs=[run.pk for run in runs], by=alice
    )
    text = signed_in(alice).get(address(*runs, saved=saved.pk, domain="prose")).content.decode()
    assert "<h1>Cost of a shift</h1>" in text
    assert "Worth it?" in text
    assert "evaluation-0-data" in text
    assert "evaluation-1-data" not in text


def test_a_stranger_exports_nothing(signed_in, charlie, runs):
    assert signed_in(charlie).get(address(*runs)).status_code == 404


def test_a_visitor_takes_the_shared_page_along_and_no_more(client, project, alice, runs):
    runs[0].notes = "/srv/secret/notes"
    runs[0].save()
    link, url = services.create_share(project=project, title="A shift", runs=[run.pk for run in runs], by=alice)
    client.get(url[url.index("/s/") :])
    answer = client.get(reverse("shared:export", args=[link.pk]))
    text = answer.content.decode()
    assert "<h1>A shift</h1>" in text
    for hidden in (alice.username, alice.email, project.name, "/srv", str(project.pk), *(str(run.pk) for run in runs)):
        assert hidden not in re.sub(r"<(script|style)>.*?</\1>", "", text, flags=re.S)
    services.revoke(link=link, by=alice)
    assert client.get(reverse("shared:export", args=[link.pk])).status_code == 404
