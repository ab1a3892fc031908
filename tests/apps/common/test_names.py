"""Names on pages: what belongs together is not torn apart at the end of a line."""

from django.template import Context, Template

from apps.common.templatetags.ui import explained, plain, unbroken


def test_a_number_keeps_its_per_cent_sign():
    assert unbroken("best 15 %, 18 % replayed") == "best 15\u00a0%, 18\u00a0% replayed"
    assert unbroken("one name, 100% plain") == "one name, 100% plain"


def test_what_was_escaped_stays_so_and_what_was_not_stays_to_be():
    page = Template("{% load ui %}{% filter unbroken %}<b>{{ name }}</b>{% endfilter %}{{ name|unbroken }}")
    assert page.render(Context({"name": "<5 %"})) == "<b>&lt;5\u00a0%</b>&lt;5\u00a0%"


def test_a_methods_words_are_paragraphs_with_names_as_code_and_nothing_else_of_them_is_markup():
    told = explained("A record has ``question`` and\n``a < b``.\n\n<b>Never</b> `` alone.")
    assert told == (
        "<p>A record has <code>question</code> and<br><code>a &lt; b</code>.</p>\n\n<p>&lt;b&gt;Never&lt;/b&gt; `` alone.</p>"
    )


def test_what_holds_nothing_is_said_in_words():
    assert [plain(value) for value in ({}, [], None, False, 0, {"a": 1})] == [
        "none",
        "none",
        "none",
        "no",
        "0",
        '{"a": 1}',
    ]
