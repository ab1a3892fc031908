"""What may be written to, and what is refused in words: nothing inside the server's own network."""

import socket

import pytest

from apps.audit.models import Entry
from apps.webhooks import addresses, sending, services
from gradatim.errors import UserError

PUBLIC = ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822", "1.1.1.1"]
PRIVATE = [
    *("127.0.0.1", "10.0.0.8", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200"),
    *("0.0.0.0", "224.0.0.1", "255.255.255.255", "168.63.129.16", "192.0.0.8", "198.18.0.1", "240.0.0.1"),
    *("::1", "::", "fe80::1", "fe80::1%eth0", "fd00:ec2::254", "fc00::1", "ff02::1", "fec0::1", "2001:db8::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "2002:7f00:1::", "::127.0.0.1"),
]


def named(monkeypatch, *numbers):
    """Every name leads to these addresses."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, 443)) for number in numbers]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)


@pytest.mark.parametrize("number", PUBLIC)
def test_addresses_of_the_internet_are_public(number):
    assert addresses.is_public(number)


@pytest.mark.parametrize("number", PRIVATE)
def test_addresses_of_ones_own_machine_network_or_cloud_are_not(number):
    assert not addresses.is_public(number)


@pytest.mark.parametrize("number", PRIVATE)
def test_a_name_that_leads_inside_is_refused_when_it_is_resolved(monkeypatch, number):
    named(monkeypatch, "93.184.216.34", number)
    with pytest.raises(UserError, match="inside the network of this server"):
        addresses.resolve("https://innocent.example.org/hook")


def test_a_name_is_resolved_once_and_what_was_looked_at_is_connected_to(monkeypatch):
    named(monkeypatch, "93.184.216.34")
    target = addresses.resolve("https://example.org:8443/a/b?c=d")
    assert (target.host, target.port, target.path) == ("example.org", 8443, "/a/b?c=d")
    assert target.numbers == ("93.184.216.34",)
    asked = []

    def connect(address, timeout):
        asked.append(address)
        raise ConnectionRefusedError

    named(monkeypatch, "127.0.0.1")  # the name's owner has changed their mind
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(ConnectionRefusedError):
        sending._Connection(target, 1).connect()
    assert asked == [("93.184.216.34", 8443)]


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://example.org/",
            "ftp://example.org/",
            "file:///etc/passwd",
            "gopher://example.org/",
            "example.org",
            "",
        ),
        *("https://", "https:///path", "https://user:secret@example.org/", "https://example.org/#part"),
        *(
            "https://example.org:0/",
            "https://example.org:99999/",
            "https://exa mple.org/",
            "https://example.org/\r\nX: y",
        ),
        *("https://[::1/", "https://ex\u00e4mple.org/", "https://example.org/" + "x" * 500),
    ],
)
def test_what_is_no_https_address_is_refused_at_once(url):
    with pytest.raises(UserError):
        addresses.check(url)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "host", ["127.0.0.1", "169.254.169.254", "[::1]", "localhost", "it.localhost.", "[fd00:ec2::254]"]
)
def test_an_address_inside_is_refused_and_recorded_where_it_is_typed(project, alice, host):
    with pytest.raises(UserError, match="inside the network"):
        services.create_webhook(project=project, url=f"https://{host}/latest/meta-data", by=alice)
    entry = Entry.objects.get(kind="path.refused")
    assert (entry.actor, entry.project, entry.object_name) == (alice, project, host.strip("[]"))


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "localtest"])
def test_other_spellings_of_ones_own_machine_are_seen_through_when_it_is_sent(monkeypatch, host):
    if host == "localtest":
        named(monkeypatch, "127.0.0.1")
    outcome = sending.post(f"https://{host}/", headers={}, body="{}", timeout=2)
    assert outcome.status is None
    assert "inside the network" in outcome.error or "not known" in outcome.error


def test_an_installation_may_allow_its_own_network(settings, monkeypatch):
    settings.WEBHOOK_PRIVATE = True
    named(monkeypatch, "10.0.0.8")
    assert addresses.check("http://chat.internal:8065/hooks/x")
    assert addresses.resolve("http://chat.internal:8065/hooks/x").numbers == ("10.0.0.8",)
    with pytest.raises(UserError):
        addresses.check("file:///etc/passwd")
