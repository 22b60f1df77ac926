"""``{% load cloudfront %}``."""

import re
import threading
from datetime import timedelta
from html import unescape

import pytest
from django.core.cache import cache
from django.core.files.storage import Storage
from django.db.models import FileField
from django.db.models.fields.files import FieldFile
from django.template import Context, Template, TemplateSyntaxError
from django.test import override_settings

from cloudfront_signer import inspect
from cloudfront_signer.django import asigned_urls, signed_url, signed_urls

from support.django_project import CLOUDFRONT_SIGNER, accepted

SITE = "https://media.example.com"
URL = re.compile(r'https://[^"\s<>]+')


def render(text, **values):
    return Template("{% load cloudfront %}" + text).render(Context(values))


def urls_in(page):
    return [unescape(url) for url in URL.findall(page)]


class Stored(Storage):
    """A storage that is not CloudFront's."""


def field_file(name, storage=None):
    return FieldFile(None, FileField(storage=storage or Stored()), name)


def test_the_tag():
    page = render('{% signed_url "videos/a b.mp4" expires="5m" %}')
    (url,) = urls_in(page)
    assert url.startswith(f"{SITE}/videos/a%20b.mp4?Expires=")
    assert accepted(url)
    assert "&amp;Signature=" in page
    assert inspect(url).expires - inspect(signed_url("a")).expires == pytest.approx(-3300, abs=60)


def test_the_tag_takes_all_terms():
    values = {"name": "hls/a.m3u8", "grid": timedelta(hours=1)}
    (url,) = urls_in(render('{% signed_url name align=grid resource="/hls/*" %}', **values))
    found = inspect(url)
    assert found.expires % 3600 == 0
    assert found.policy.resource == f"{SITE}/hls/*"


def test_the_filter():
    hour, span, seconds = urls_in(
        render('{{ name|signed_url }} {{ name|signed_url:"5m" }} {{ name|signed_url:300 }}', name="a.mp4")
    )
    assert all(map(accepted, (hour, span, seconds)))
    assert inspect(hour).expires > inspect(span).expires == pytest.approx(inspect(seconds).expires, abs=60)


def test_a_variable_has_the_url_itself():
    page = render('{% signed_url "a.mp4" as url %}{% autoescape off %}{{ url }}{% endautoescape %}')
    assert accepted(page)


def test_without_autoescape():
    page = '{% signed_url "a" %} {{ "a"|signed_url }}'
    for text in (page, "{% signed_urls %}" + page + "{% endsigned_urls %}"):
        found = render("{% autoescape off %}" + text + "{% endautoescape %}")
        assert "&amp;" not in found
        assert all(map(accepted, found.split(" ")))


@pytest.mark.parametrize("name", ["<script>.mp4", 'a".mp4', "a?b#c.mp4", "/leading.mp4", "ä ö/100%.mp4", "a&b.mp4"])
def test_names_are_quoted(name):
    for text in (
        "{% signed_url name %}",
        "{{ name|signed_url }}",
        "{% signed_urls %}{% signed_url name %}{% endsigned_urls %}",
    ):
        page = render(text, name=name)
        assert not re.search('[<>"]', page)
        assert accepted(unescape(page))
        assert unescape(page).count("?") == 1


def test_a_whole_url_is_kept():
    (url,) = urls_in(render('{% signed_url "https://other.example/a.mp4?v=1" %}'))
    assert url.startswith("https://other.example/a.mp4?v=1&Expires=")


@pytest.mark.parametrize(
    "text", ["{% signed_url file %}", "{{ file|signed_url }}", "{% signed_url file as x %}{{ x }}"]
)
def test_no_file_is_nothing(text):
    for file in (None, "", field_file("")):
        assert render(text, file=file) == ""
    with pytest.raises(ValueError, match="no file"):
        signed_url("")


def test_a_field():
    assert accepted(render("{{ file|signed_url }}", file=field_file("photos/1.jpg")))


def test_a_hundred_images_are_one_batch(counting):
    text = (
        "{% signed_urls %}{% for name in names %}"
        '<a href="{% signed_url name %}"><img src="{{ name|signed_url }}"></a>'
        "{% endfor %}{% endsigned_urls %}"
    )
    names = [f"photos/{number}.jpg" for number in range(50)]
    page = render(text, names=names)
    assert (counting.batches, counting.single) == ([100], 0)
    found = urls_in(page)
    assert [url.split("?")[0] for url in found] == [f"{SITE}/{name}" for name in names for _ in range(2)]
    assert all(map(accepted, found))
    assert "cfsigner" not in page


def test_a_batch_for_each_set_of_terms(counting):
    tags = '{% signed_url "a" expires="5m" %} {% signed_url "b" %} {% signed_url "c" expires="5m" %}'
    found = urls_in(render("{% signed_urls %}" + tags + "{% endsigned_urls %}"))
    assert sorted(counting.batches) == [1, 2]
    assert [url.split("?")[0][-1] for url in found] == ["a", "b", "c"]
    assert inspect(found[0]).expires == inspect(found[2]).expires < inspect(found[1]).expires


def test_variables_in_a_batch_are_urls(counting):
    """Which a filter may change."""
    page = render('{% signed_urls %}{% signed_url "a" as url %}{{ url|urlencode:"" }}{% endsigned_urls %}')
    assert page.startswith("https%3A%2F%2Fmedia.example.com%2Fa%3FExpires%3D")
    assert (counting.batches, counting.single) == ([], 1)


def test_nested_batches_are_one(counting):
    inner = '{% signed_urls %}{% signed_url "b" %}{% endsigned_urls %}'
    page = render('{% signed_urls %}{% signed_url "a" %} ' + inner + "{% endsigned_urls %}")
    assert counting.batches == [2]
    assert all(map(accepted, urls_in(page)))


def test_an_error_in_a_batch_ends_it():
    with pytest.raises(TypeError):
        render("{% signed_urls %}{{ fails }}{% endsigned_urls %}", fails=lambda: int([]))
    assert accepted(render('{% signed_url "a" %}'))


def test_text_of_the_page_is_no_mark():
    """Nor can a user of the site write one."""
    assert render("{% signed_urls %}cfsigner0n0z{% endsigned_urls %}") == "cfsigner0n0z"


def test_a_cache_inside_is_refused():
    with pytest.raises(TemplateSyntaxError, match="put signed_urls into the cached part"):
        render("{% load cache %}{% signed_urls %}{% cache 9 x %}{% endcache %}{% endsigned_urls %}")
    with pytest.raises(TemplateSyntaxError, match="no arguments"):
        render("{% signed_urls 1 %}{% endsigned_urls %}")
    cache.clear()
    cached = Template('{% load cloudfront cache %}{% cache 9 x %}{% signed_url "a" %}{% endcache %}')
    render("{% signed_urls %}{% include part %}{% endsigned_urls %}", part=cached)
    with pytest.raises(TemplateSyntaxError, match="rendered in another signed_urls"):
        render("{% signed_urls %}{% include part %}{% endsigned_urls %}", part=cached)
    cache.clear()


def test_batches_of_threads_are_separate():
    template = Template(
        "{% load cloudfront %}{% signed_urls %}{% for n in names %}{% signed_url n %} {% endfor %}{% endsigned_urls %}"
    )
    pages = {}

    def work(worker):
        names = [f"{worker}/{number}" for number in range(40)]
        pages[worker] = template.render(Context({"names": names}))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for worker, page in pages.items():
        found = [unescape(url) for url in page.split()]
        assert [url.split("?")[0] for url in found] == [f"{SITE}/{worker}/{number}" for number in range(40)]
        assert all(map(accepted, found))


def test_a_named_signer():
    with override_settings(CLOUDFRONT_SIGNER={**CLOUDFRONT_SIGNER, "signers": {"dl": {"domain": "dl.example.com"}}}):
        (url,) = urls_in(render('{% signed_url "a" signer="dl" %}'))
        assert url.startswith("https://dl.example.com/a?")
        assert signed_urls(["b"], signer="dl")[0].startswith("https://dl.example.com/b?")


def test_functions(counting):
    """Also as a global or filter of Jinja2."""
    from jinja2 import Environment

    environment = Environment(autoescape=True)
    environment.globals["signed_url"] = environment.filters["signed_url"] = signed_url
    page = environment.from_string("{{ signed_url('a', expires='5m') }} {{ 'b'|signed_url }}").render()
    assert all(map(accepted, urls_in(page)))
    assert all(map(accepted, signed_urls(str(number) for number in range(3))))
    assert counting.batches == [3]


async def served_meanwhile():
    return await asigned_urls([f"{number}.jpg" for number in range(3)], expires="5m")


def test_async():
    import asyncio

    assert all(map(accepted, asyncio.run(served_meanwhile())))
