"""A page between a button and what cannot be taken back. Scripts have no part in it."""

from django.shortcuts import render
from django.utils.cache import add_never_cache_headers


def ask(request, *, title: str, sentences: list[str], word: str, back: str, back_word: str, project=None):
    """Posting the page does it; ``back`` is where nothing is done. ``sentences`` say what will stop working."""
    context = {"title": title, "sentences": sentences, "word": word, "back": back, "back_word": back_word}
    response = render(request, "ui/confirm.html", context | {"project": project})
    add_never_cache_headers(response)
    return response
