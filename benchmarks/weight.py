"""What a browser fetches for a first page before charts are needed: the page of an installation's runs, against the first page of MLflow's server.

Counted are the page and every script and style that its HTML names, as they travel to a browser that takes gzip and brotli; what a script loads later is not, which is
to MLflow's advantage. MLflow is installed as benchmarks/metrics.py says.

    python -m benchmarks.weight [--mlflow .cache/mlflow/bin/python]
"""

import argparse
import sys
from collections import Counter
from html.parser import HTMLParser
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from benchmarks import measuring, metrics, mlflow
from benchmarks.installed import installation

PORT, PEER_PORT = 8998, 8997
SHARE = 0.1


class Named(HTMLParser):
    """(kind, address) of the scripts and styles that a page names."""

    def __init__(self):
        super().__init__()
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script" and given.get("src"):
            self.found.append(("scripts", given["src"]))
        if tag == "link" and given.get("rel") in ("stylesheet", "modulepreload") and given.get("href"):
            self.found.append(("styles" if given["rel"] == "stylesheet" else "scripts", given["href"]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mlflow", type=Path, default=Path(".cache/mlflow/bin/python"))
    args = parser.parse_args()
    if not args.mlflow.exists():
        print(f"There is no {args.mlflow}: install MLflow as benchmarks/metrics.py says.", file=sys.stderr)
        return 2
    with installation() as here:
        own = ours(here)
        with mlflow.serving(here, args.mlflow, PEER_PORT):
            metrics.opened(PEER_PORT).close()
            peer = weighed(PEER_PORT, "/", {})
    kinds = ["page", "scripts", "styles"]
    rows = [
        [name, *(f"{found[kind] / 1000:,.1f}" for kind in kinds), f"{sum(found.values()) / 1000:,.1f}"]
        for name, found in (("Gradatim", own), ("MLflow", peer))
    ]
    measuring.table(["kB", *kinds, "together"], rows)
    share = sum(own.values()) / peer["scripts"]
    print(f"\nThe whole page weighs {share:.3f} of MLflow's scripts.")
    return measuring.verdict([(f"at most {SHARE:g} of MLflow's script bytes", share <= SHARE)])


def ours(here) -> Counter:
    from django.test import Client
    from django.urls import reverse

    from apps.local import processes, services

    (run,), _ = metrics.made_runs("Weight", 1)
    client = Client()
    client.force_login(run.project.memberships.get().user)
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    web = here.start(services.web("127.0.0.1", PORT, here.environment, here.var), "web")
    metrics.opened(PORT).close()
    try:
        return weighed(PORT, reverse("runs:list", args=[run.project_id]), {"Cookie": cookies, "Host": "127.0.0.1"})
    finally:
        processes.finish(web, stop=2)


def weighed(port: int, path: str, headers: dict) -> Counter:
    """Bytes by kind."""
    page, size = fetched(port, path, headers, plain=True)
    named = Named()
    named.feed(page.decode())
    found = Counter(page=fetched(port, path, headers)[1] or size)
    for kind, address in dict.fromkeys(named.found):
        found[kind] += fetched(port, urlsplit(urljoin(path, address))._replace(scheme="", netloc="").geturl(), headers)[
            1
        ]
    return found


def fetched(port: int, path: str, headers: dict, plain: bool = False) -> tuple[bytes, int]:
    """The body, and its bytes as they travelled."""
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("GET", path, headers=headers | ({} if plain else {"Accept-Encoding": "gzip, br"}))
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"{path} was answered with {answer.status}")
    return body, len(body)


if __name__ == "__main__":
    sys.exit(main())
