"""Webhooks on pages and over the API: for owners alone, the secret shown once."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.audit.models import Entry
from apps.webhooks import courier, services
from apps.webhooks.models import Delivery, Webhook
from gradatim.errors import UserError
from tests.apps.webhooks.test_sending import end

pytestmark = pytest.mark.django_db
ADDRESS = "https://example.org/hook"


def page_of(answer):
    return answer.content.decode()


def test_an_owner_adds_an_address_and_sees_its_secret_this_once(signed_in, project, alice):
    client, address = signed_in(alice), reverse("webhooks:list", args=[project.pk])
    assert "Nobody is told yet." in page_of(client.get(address))
    page = page_of(client.post(address, {"url": ADDRESS}))
    secret = Webhook.objects.get().secret
    assert secret.startswith("whsec_") and secret in page
    assert secret not in page_of(client.get(address))
    assert secret not in page_of(client.get(reverse("webhooks:detail", args=[Webhook.objects.get().pk])))
    assert Entry.objects.get(kind="webhook.create").object_name == "example.org"
    assert secret not in str(list(Entry.objects.values()))


def test_a_mistake_is_said_at_the_field_and_what_was_typed_stays(signed_in, project, alice):
    page = page_of(signed_in(alice).post(reverse("webhooks:list", args=[project.pk]), {"url": "https://127.0.0.1/x"}))
    assert "inside the network of this server" in page
    assert 'value="https://127.0.0.1/x"' in page and 'aria-invalid="true"' in page
    assert not Webhook.objects.exists()


def test_an_address_is_told_once_and_ten_are_the_most(project, alice):
    services.create_webhook(project=project, url=ADDRESS, by=alice)
    with pytest.raises(UserError, match="already"):
        services.create_webhook(project=project, url=ADDRESS, by=alice)
    for n in range(9):
        services.create_webhook(project=project, url=f"{ADDRESS}{n}", by=alice)
    with pytest.raises(UserError, match="at most 10"):
        services.create_webhook(project=project, url=f"{ADDRESS}?more", by=alice)


def test_editors_and_viewers_see_nothing_of_them(signed_in, project, hook, bob, vera):
    for person in (bob, vera):
        client = signed_in(person)
        for page, key in (("webhooks:list", project.pk), ("webhooks:detail", hook.pk), ("webhooks:delete", hook.pk)):
            assert client.get(reverse(page, args=[key])).status_code == 403
        assert client.post(reverse("webhooks:list", args=[project.pk]), {"url": ADDRESS}).status_code == 403
        assert "Webhooks" not in page_of(client.get(reverse("accounts:members", args=[project.pk])))
    assert Webhook.objects.count() == 1


def test_the_log_shows_what_came_of_each_message_and_sends_one_again(
    signed_in, project, alice, hook, receiver, settings
):
    settings.WEBHOOK_DELAYS = []
    client, address = signed_in(alice), reverse("webhooks:detail", args=[hook.pk])
    assert reverse("webhooks:list", args=[project.pk]) in page_of(
        client.get(reverse("accounts:members", args=[project.pk]))
    )
    assert "Nothing was sent yet" in page_of(client.get(address))
    receiver.answers = [500]
    made = end(project, alice)
    page = page_of(client.get(address))
    assert "To send" in page and 'data-poll="2"' in page
    courier.deliver()
    page = page_of(client.get(address))
    for part in ("Not delivered", "It answered 500.", reverse("jobs:detail", args=[made.pk]), "job.succeeded"):
        assert part in page
    client.post(reverse("webhooks:again", args=[Delivery.objects.get().pk]))
    courier.deliver()
    page = page_of(client.get(address))
    assert "Delivered" in page and "Send again" not in page.partition("<tbody>")[2]
    assert "204" in page


def test_it_is_tested_switched_and_deleted_from_its_page(signed_in, alice, hook, receiver):
    client, address = signed_in(alice), reverse("webhooks:detail", args=[hook.pk])
    assert "A test is on its way." in page_of(client.post(reverse("webhooks:test", args=[hook.pk]), follow=True))
    courier.deliver()
    assert json.loads(receiver.got[0][2])["data"]["sentence"] == "A test that alice asked for."
    client.post(reverse("webhooks:switch", args=[hook.pk]), {"do": "off"})
    assert "It was switched off." in page_of(client.get(address))
    client.post(reverse("webhooks:switch", args=[hook.pk]), {"do": "on"})
    assert client.post(reverse("webhooks:switch", args=[hook.pk]), {"do": "x"}).status_code == 404
    asked = page_of(client.get(reverse("webhooks:delete", args=[hook.pk])))
    assert "Delete this webhook?" in asked
    client.post(reverse("webhooks:delete", args=[hook.pk]))
    assert not Webhook.objects.exists()
    kinds = list(Entry.objects.filter(kind__startswith="webhook").order_by("id").values_list("kind", flat=True))
    assert kinds == ["webhook.create", "webhook.off", "webhook.on", "webhook.delete"]


def test_the_pages_cost_the_same_however_much_there_is(signed_in, project, alice, hook, django_assert_num_queries):
    client = signed_in(alice)
    pages = [reverse("webhooks:list", args=[project.pk]), reverse("webhooks:detail", args=[hook.pk])]
    services.send_test(webhook=hook, by=alice)

    def costs():
        found = []
        for page in pages:
            with CaptureQueriesContext(connection) as queries:
                client.get(page)
            found.append(len(queries))
        return found

    before = costs()
    for n in range(5):
        services.create_webhook(project=project, url=f"{ADDRESS}{n}", by=alice)
        services.send_test(webhook=hook, by=alice)
    assert costs() == before


def test_webhooks_over_the_api(signed_in, project, alice):
    client, as_json = signed_in(alice), {"content_type": "application/json"}
    made = client.post(f"/api/v1/projects/{project.pk}/webhooks/", json.dumps({"url": ADDRESS}), **as_json)
    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    [row] = client.get(f"/api/v1/projects/{project.pk}/webhooks/").json()["results"]
    assert "secret" not in row and row["active"] is True
    address = f"/api/v1/webhooks/{row['id']}/"
    assert client.patch(address, '{"active": false}', **as_json).json()["active"] is False
    assert client.post(f"{address}test/").status_code == 201
    [sent] = client.get(f"{address}deliveries/").json()["results"]
    assert (sent["event"], sent["state"]) == ("test", "to_send")
    refused = client.post(f"/api/v1/projects/{project.pk}/webhooks/", '{"url": "https://10.0.0.1/"}', **as_json)
    assert (refused.status_code, refused.json()["field"]) == (400, "url")
    assert client.delete(address).status_code == 204
