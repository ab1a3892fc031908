"""Every page, in both themes and two widths, before axe: nothing serious, and nothing wider than a phone.

Pages are found by walking the address book with a row of every kind; what a key alone does not open is opened by hand. A page
is a template that extends a base: one that was never drawn here fails the last assertion, so a new page cannot be forgotten.
"""

from contextlib import contextmanager
from importlib.resources import files

import pytest
from django.conf import settings as site
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.test.signals import template_rendered
from django.urls import reverse

from apps.accounts import members
from apps.accounts.models import Project, Role
from apps.jobs.models import Job
from apps.shares import services as shares
from tests.apps import factories, recorded
from tests.apps.site.test_doors import WAYS_IN, addresses, first_of_each, routes

pytestmark = pytest.mark.django_db(transaction=True)
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
#: what a change of the theme alone can break
COLOURS = ["color-contrast", "link-in-text-block"]
#: what a change of the width alone can break
NARROW = ["scrollable-region-focusable", "color-contrast", "target-size"]
WIDTHS = (1440, 390)
#: of the pages, so that two processes can share them
PARTS = 2
#: what lies over every page alike is looked at once a browser
OF_ALL = {"palette", "keys"}
#: pages for what went wrong: what draws them is (template, context), for a test that breaks things has a console full of errors
WRONG = [
    *(("site/error.html", {"page": page}) for page in ("404", "403", "csrf", "400", "mistake")),
    *((name, {}) for name in ("site/500.html", "accounts/locked.html", "accounts/too_often.html")),
    *((name, {}) for name in ("accounts/no_invitation.html", "shares/not_available.html", "shares/too_often.html")),
]
#: where a page has no address of its own that a GET opens, or needs settings that tests do not have
ELSEWHERE = {"accounts/set_up.html": "the next test opens it"}


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_is_for_everybody(part, open_page, alice, project, client, settings, live_server):
    settings.BASE_URL, settings.OPEN_SIGNUP = live_server.url, True
    with listening() as drawn:
        pages = {"member": list(of_members(client, alice, project)), "guest": list(of_guests(alice, project))}
    assert whole_pages() - drawn - set(ELSEWHERE) == set(), "a page that is not opened here: open it"
    faults = []
    for who, own in pages.items():
        look = Look(open_page(alice) if who == "member" else open_page())
        for page in own[part::PARTS]:
            (look.at if page.startswith(("/", "http")) else look.at_drawn)(page)
        faults += look.faults
    assert faults == []


def of_members(client, alice, project):
    """Addresses, and bodies of pages that no address gives by itself; the tour of the demo stands over all of them."""
    Project.objects.filter(pk=project.pk).update(is_demo=True)
    everything = recorded.everything(by=alice, project=project, samples=40)
    empty = Project.objects.create(name="An empty project", description="Nothing is in it yet.")
    empty.memberships.create(user=alice, role=Role.OWNER)
    jobs = factories.under_way(everything, alice)
    keys = first_of_each()
    keys[Project].append(empty.pk)
    keys[Job] += [job.pk for job in jobs.values()]
    runs = ",".join(str(run.pk) for run in everything.arms)
    found = [*doors(client, alice, keys)]
    more = [f"/compare/?runs={runs}", reverse("runs:step", args=[everything.base.pk, 1])]
    for address in (*more, "/methods/orderings/saw/", "/search/?q=code"):
        client.get(address)
        found.append(address)
    yield from dict.fromkeys(found)
    for answer in posted(client, everything, runs):
        yield answer.content.decode()


def of_guests(alice, project):
    """The same for whoever is not signed in."""
    runs = [str(pk) for pk in project.runs.exclude(base=None).values_list("pk", flat=True)]
    invited = members.invite(project=project, role="editor", by=alice)[1]
    shared = shares.create_share(project=project, title="For you", runs=runs, by=alice)[1]
    for address in ("/", "/accounts/login/", "/accounts/sign-up/", invited, shared):
        visitor = Client()
        page = visitor.get(address, follow=True).request["PATH_INFO"]
        yield address
    yield visitor.get(f"{page}comparison.html").content.decode()
    yield visitor.get(shared, headers={"User-Agent": "Slackbot"}).content.decode()
    for template, context in WRONG:
        yield by_hand(template, context)


def test_the_first_pages_of_an_installation_are_for_everybody(open_page):
    guest = Look(open_page())
    guest.at("/")
    guest.at("/setup/")
    assert guest.faults == []


class Look:
    """A person's browser: opens addresses and notes what is wrong with their pages."""

    def __init__(self, page):
        self.page, self.faults, self.seen = page, [], set()
        page.set_default_timeout(120_000)
        page.emulate_media(reduced_motion="reduce")

    def at(self, address: str) -> None:
        self.page.goto(address, wait_until="domcontentloaded")
        # What is folded is opened; a menu lies over what is below it, so menus stay shut.
        self.page.evaluate("document.querySelectorAll('details:not(.menu)').forEach(d => d.open = true)")
        # Evaluated, not added to the page: the policy of the product refuses scripts that it does not serve.
        self.page.evaluate(AXE)
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 900})
            self.axe(f"{address} {width}", None if width == WIDTHS[0] else NARROW)
            if width == WIDTHS[0]:
                self.page.emulate_media(color_scheme="dark")
                self.axe(f"{address} {width} dark", COLOURS)
                self.page.emulate_media(color_scheme="light")
            over = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if over > 0:
                self.faults.append(f"{address} is {over} px wider than {width}")
        for name in self.page.eval_on_selector_all("dialog[id]", "all => all.map(one => one.id)"):
            if name in OF_ALL & self.seen:
                continue
            self.seen.add(name)
            self.page.evaluate("id => document.getElementById(id).showModal()", name)
            self.axe(f"{address} #{name}", None, f"#{name}")
            self.page.evaluate("id => document.getElementById(id).close()", name)

    def at_drawn(self, body: str) -> None:
        """A page that no address gives by itself, as if one did."""
        self.page.route("**/drawn/", lambda route: route.fulfill(body=body, content_type="text/html"))
        self.at("/drawn/")
        self.page.unroute("**/drawn/")

    def axe(self, where: str, rules, inside: str | None = None) -> None:
        found = self.page.evaluate(
            """async ([inside, rules]) => {
              // A target of less than 24 pixels is refused only by WCAG 2.2, which axe does not ask for by itself.
              const more = rules ? { runOnly: rules } : { rules: { "target-size": { enabled: true } } };
              const options = { resultTypes: ["violations"], preload: false, ...more };
              // A chart's drawing is one image to everybody; its thousands of shapes would cost minutes.
              const about = { include: [[inside ?? "html"]], exclude: [[".main-svg"]] };
              const { violations } = await axe.run(about, options);
              return violations.filter((one) => ["serious", "critical"].includes(one.impact))
                .flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target.join(" ")}`));
            }""",
            [inside, rules],
        )
        self.faults += [f"{where}: {fault}" for fault in found]


def doors(client, user, keys):
    """Addresses of whole pages: of each route one for every set of templates that its pages are drawn from."""
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    for route in routes():
        if route.startswith("api/") or route in WAYS_IN:
            continue
        kinds = set()
        for address in addresses(route, keys):
            with listening() as names:
                answer = client.get(address)
            page = answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html")
            if page and b"<!doctype html>" in answer.content and frozenset(names) not in kinds:
                kinds.add(frozenset(names))
                yield address


def posted(client, everything, runs):
    """Pages that answer a form: refused ones, and the second step of bringing scores."""
    yield client.post(reverse("comparisons:save"), {"runs": runs})
    yield client.post(reverse("shares:create"), {"runs": runs})
    yield client.post(reverse("curricula:plan", args=[everything.mixed.pk]), {"seed": "-1"})
    file = SimpleUploadedFile("scores.csv", b"id,difficulty\nhostile,1.5\n")
    asked = {"version": everything.code.pk, "file": file}
    yield client.post(reverse("scores:upload", args=[everything.project.pk]), asked, follow=True)


def by_hand(template: str, context: dict) -> str:
    request = RequestFactory().get("/")
    request.user, request.htmx = AnonymousUser(), False
    return render_to_string(template, context, request)


def whole_pages() -> set[str]:
    """Names of the templates that extend a base, and of those that stand alone."""
    [folder] = site.TEMPLATES[0]["DIRS"]
    pages = (path for path in folder.rglob("*.html") if "base" not in path.name)
    return {
        str(path.relative_to(folder))
        for path in pages
        if any(sign in path.read_text() for sign in ('{% extends "base', "<!doctype html>"))
    }


@contextmanager
def listening():
    """The names of the templates that are drawn meanwhile, here or in the server's thread."""
    names = set()

    def note(template, **rest):
        names.add(template.name)

    template_rendered.connect(note)
    try:
        yield names
    finally:
        template_rendered.disconnect(note)
