"""What a message shows of a share link before anybody opens it: its title, its question, and a picture of its first chart."""

import re

from django.http import HttpRequest

from apps.comparisons import selectors
from apps.comparisons.pages import figure_query
from apps.runs import figures
from apps.shares import cards
from apps.shares import selectors as shares
from apps.shares.models import ShareLink

#: How messengers and networks call themselves where they fetch a page for its preview.
_MESSENGERS = re.compile(
    r"slackbot|slack-imgproxy|twitterbot|facebookexternalhit|linkedinbot|discordbot|telegrambot|whatsapp|skypeuripreview|"
    r"mattermost|rocket\.chat|zulip|mastodon|embedly|iframely|redditbot|microsoftpreview|signal-desktop|viber",
    re.I,
)


def asks(request: HttpRequest) -> bool:
    """Whether a preview is asked for. Such a request keeps no cookie, so that the exchange would lead it nowhere."""
    return bool(_MESSENGERS.search(request.headers.get("User-Agent", "")))


def said_of(link: ShareLink) -> str:
    count = len(link.runs)
    return link.question or f"{count} run{'' if count == 1 else 's'} compared"


def picture_of(link: ShareLink) -> bytes:
    """A PNG of the domain that lost most after a shift, or whatever comes first."""
    compared = shares.compared(link, selectors.view_of({}, link.view))
    domain = compared.view.domain or next(iter(compared.domains), "")
    name = "evaluation-loss" if domain else "training-loss"
    drawn = figures.payload(
        name,
        compared.runs,
        {**figure_query(compared.view), "domain": domain, "axis": "tokens", "scale": "linear", "seeds": "mean"},
    )
    return cards.png_of(
        title=link.title,
        said=said_of(link),
        about=f"{domain}, held out" if domain else "training loss",
        figure=drawn["figure"],
    )
