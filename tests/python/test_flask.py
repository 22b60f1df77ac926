"""The Flask extension in real applications: templates, cookies, and several applications in one process."""

import doctest
import time
from datetime import timedelta

import pytest
from flask import make_response, redirect, render_template_string

import cloudfront_signer.flask
from cloudfront_signer import CloudFrontSigner, CloudFrontSignerError, PrivateKey, Verifier, inspect
from cloudfront_signer.flask import CloudFront

from support.flask_apps import KEY, SITE, VERIFIER, configured, rendered


@pytest.fixture
def app():
    return configured()


@pytest.fixture
def cloudfront(app):
    return CloudFront(app)


def test_docstrings():
    outcome = doctest.testmod(cloudfront_signer.flask)
    assert (outcome.failed, outcome.attempted > 0) == (0, True)


# --- Templates and batches -----------------------------------------------------------------------------------------


def test_names_are_quoted_and_urls_are_not(app, cloudfront):
    with app.app_context():
        assert cloudfront.signed_url("/videos/a b?#c.mp4").startswith(f"{SITE}/videos/a%20b%3F%23c.mp4?Expires=")
        assert cloudfront.signed_url("HTTPS://o.example/a?b=c").startswith("https://o.example/a?b=c&Expires=")


@pytest.mark.parametrize(
    "template",
    [
        "{{ 'videos/a b.mp4' | signed_url(expires='5m') | safe }}",
        "{{ signed_url('videos/a b.mp4', expires='5m') | safe }}",
        "{% for url in signed_urls(['videos/a b.mp4'], expires='5m') %}{{ url | safe }}{% endfor %}",
    ],
)
def test_templates(app, cloudfront, template):
    before = time.time()
    url = rendered(app, template)
    policy = VERIFIER.check(url).policy
    assert policy.resource == f"{SITE}/videos/a%20b.mp4"
    assert before + 299 <= policy.expires <= time.time() + 301


def test_templates_escape_urls_once(app, cloudfront):
    html = rendered(app, "<img src=\"{{ 'a.jpg' | signed_url }}\">")
    assert "&amp;Signature=" in html
    assert "&amp;amp;" not in html


def test_a_filter_of_a_constant_signs_each_time(app):
    """Jinja would call it once, when it compiles the template."""
    signed = []
    app.config |= {"CLOUDFRONT_SIGNER_PRIVATE_KEY": lambda message: signed.append(message) or KEY.sign(message)}
    CloudFront(app)
    with app.app_context():
        template = app.jinja_env.from_string("{{ 'a.mp4' | signed_url(expires='5m') }}")
        assert signed == []
        template.render()
        template.render()
    assert len(signed) == 2


def test_a_batch(app, cloudfront):
    names = [f"images/{number}.jpg" for number in range(100)]
    with app.app_context():
        urls = cloudfront.signed_urls(iter(names), expires=timedelta(minutes=5))
        with pytest.raises(CloudFrontSignerError) as caught:
            cloudfront.signed_urls(["a", "b" * 9_000])
    assert [VERIFIER.check(url).policy.resource for url in urls] == [f"{SITE}/{name}" for name in names]
    assert caught.value.index == 1


def test_a_pattern_as_resource(app, cloudfront):
    with app.app_context():
        url = cloudfront.signed_url("hls/1.m3u8", resource="/hls/*")
    assert VERIFIER.check(url.replace("1.m3u8", "2.ts"))


# --- Cookies -------------------------------------------------------------------------------------------------------


@pytest.fixture
def site(app, cloudfront):
    """Views that set, renew and clear cookies."""

    @app.post("/login")
    def login():
        response = redirect("/page")
        cloudfront.set_signed_cookies(response, "/private/*", expires="2h", domain="example.com", same_site="Lax")
        return response

    @app.post("/logout")
    def logout():
        response = make_response("bye")
        cloudfront.clear_signed_cookies(response, domain="example.com", same_site="Lax")
        return response

    @app.get("/page")
    @cloudfront.signed_cookies("/private/*", expires="1h")
    def page():
        return "page"

    @app.get("/tuple")
    @cloudfront.signed_cookies(lambda: "/users/7/*")
    async def mine():
        return {"page": 1}, 201

    @app.get("/refused")
    @cloudfront.signed_cookies("/private/*")
    def refused():
        return "no", 403

    @app.get("/elsewhere")
    @cloudfront.signed_cookies("/private/*")
    def elsewhere():
        return redirect("/login")

    return app


def set_cookies(response):
    """The cookies that a response sets, their lines by their names."""
    lines = [line for line in response.headers.getlist("Set-Cookie") if line.startswith("CloudFront-")]
    return {line.partition("=")[0]: line for line in lines}


def values(response):
    return {name: line.partition("=")[2].partition(";")[0] for name, line in set_cookies(response).items()}


def client_with(app, cookies):
    client = app.test_client()
    for name, value in cookies.items():
        client.set_cookie(name, value)
    return client


def test_set_signed_cookies(site):
    response = site.test_client().post("/login")
    lines = set_cookies(response)
    assert len(lines) == 4
    for line in lines.values():
        assert {"Domain=example.com", "Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(line.split("; "))
    assert VERIFIER.check(f"{SITE}/private/a", cookies=values(response))
    assert not VERIFIER.check(f"{SITE}/a", cookies=values(response))


def test_clear_signed_cookies(site):
    lines = set_cookies(site.test_client().post("/logout"))
    assert len(lines) == 5
    for line in lines.values():
        assert {"Domain=example.com", "Max-Age=0", "Path=/"} <= set(line.split("; "))


def test_the_attributes_of_the_settings():
    app = configured(COOKIE_DOMAIN="example.com", COOKIE_PATH="/media", COOKIE_SAMESITE="None", COOKIE_SECURE="true")
    cloudfront = CloudFront(app)
    with app.test_request_context():
        response = make_response()
        cloudfront.set_signed_cookies(response, "*")
        for line in set_cookies(response).values():
            assert {"Domain=example.com", "Secure", "Path=/media", "SameSite=None"} <= set(line.split("; "))
        cleared = make_response()
        cloudfront.clear_signed_cookies(cleared, path="/other")
        for line in set_cookies(cleared).values():
            assert {"Domain=example.com", "Path=/other"} <= set(line.split("; "))


def test_cookies_without_a_request():
    app = configured(COOKIE_SECURE=False)
    cloudfront = CloudFront(app)
    with app.app_context():
        response = app.response_class()
        assert cloudfront.set_signed_cookies(response, "*").keys() == set_cookies(response).keys()
    assert "Secure" not in "".join(set_cookies(response).values())


def test_the_decorator_sets_cookies_once(site):
    client = site.test_client()
    first = client.get("/page")
    assert VERIFIER.check(f"{SITE}/private/a", cookies=values(first))
    # The test's client has no cookies of another domain's secure pages: they are put into it.
    again = client_with(site, values(first)).get("/page")
    assert set_cookies(again) == {}
    assert "Cookie" in first.vary
    assert "Cookie" in again.vary
    assert (first.headers["Cache-Control"], "Cache-Control" in again.headers) == ("private", False)


def test_a_view_decides_how_its_page_is_cached(app, cloudfront):
    view = cloudfront.signed_cookies("/private/*")(lambda: ("page", {"Cache-Control": "no-store"}))
    app.add_url_rule("/", view_func=view)
    assert app.test_client().get("/").headers.getlist("Cache-Control") == ["no-store"]


def test_cookies_need_an_expiry():
    app = configured(EXPIRES=None)
    view = CloudFront(app).signed_cookies("/private/*")(lambda: "page")
    header = "; ".join(f"{name}={value}" for name, value in sent(9).items())
    message = "no expiry: expected the argument expires, or the setting"
    with app.test_request_context(headers={"Cookie": header}), pytest.raises(CloudFrontSignerError, match=message):
        view()


def sent(expires, *, resource=f"{SITE}/private/*", key_id="K1", **terms):
    return dict(CloudFrontSigner(key_id, KEY).sign_cookies(resource, expires=timedelta(minutes=expires), **terms))


@pytest.mark.parametrize(
    ("cookies", "renewed"),
    [
        (sent(45), False),
        (sent(29), True),
        (sent(55, resource=f"{SITE}/other/*"), True),
        (sent(55, resource="https://other.example/private/*"), True),
        (sent(55, key_id="K2"), True),
        (sent(55, ip_address="192.0.2.1"), True),
        ({**sent(55), "CloudFront-Policy": "broken"}, True),
        ({name: value for name, value in sent(55).items() if "Hash" not in name}, True),
        ({"CloudFront-Policy": sent(55)["CloudFront-Policy"]}, True),
        ({"session": "of another kind"}, True),
    ],
    ids=["fresh", "old", "path", "host", "key", "address", "broken", "hash", "alone", "none"],
)
def test_cookies_are_renewed_before_they_run_out(site, cookies, renewed):
    response = client_with(site, cookies).get("/page")
    assert bool(set_cookies(response)) == renewed
    if renewed:
        assert VERIFIER.check(f"{SITE}/private/a", cookies=values(response))
        assert inspect(values(response)).expires > time.time() + 59 * 60


def test_leftovers_of_another_kind_of_key_are_deleted(app):
    """With the old Hash-Algorithm, the edge would refuse the new signature."""
    key = PrivateKey.generate()
    app.config |= {"CLOUDFRONT_SIGNER_PRIVATE_KEY": key}
    cloudfront = CloudFront(app)
    app.add_url_rule("/", view_func=cloudfront.signed_cookies("/private/*")(lambda: "page"))
    client = client_with(app, {**sent(55), "CloudFront-Expires": "1"})
    client.get("/", base_url="https://localhost")
    left = {name: cookie.value for name in client_names(client) if (cookie := client.get_cookie(name))}
    assert Verifier({"K1": key.public_key()}).check(f"{SITE}/private/a", cookies=left)
    assert {"CloudFront-Hash-Algorithm", "CloudFront-Expires"}.isdisjoint(left)


def client_names(client):
    return [f"CloudFront-{name}" for name in ("Policy", "Expires", "Signature", "Key-Pair-Id", "Hash-Algorithm")]


@pytest.mark.parametrize("path", ["/refused", "/elsewhere"])
def test_a_refusal_grants_nothing(site, path):
    assert set_cookies(site.test_client().get(path)) == {}


def test_a_resource_of_the_request_and_an_async_view(site):
    response = site.test_client().get("/tuple")
    assert (response.status_code, response.json) == (201, {"page": 1})
    assert VERIFIER.check(f"{SITE}/users/7/a", cookies=values(response))


# --- Several applications ------------------------------------------------------------------------------------------


def test_an_application_factory_and_several_applications():
    cloudfront = CloudFront()
    keys = {f"K{number}": PrivateKey.generate("ecdsa-p256") for number in range(3)}

    def create(key_id):
        app = configured(KEY_PAIR_ID=key_id, PRIVATE_KEY=keys[key_id], DOMAIN=f"{key_id.lower()}.example")
        cloudfront.init_app(app)
        app.add_url_rule("/", view_func=lambda: render_template_string("{{ 'a' | signed_url | safe }}"))
        return app

    apps = [create(key_id) for key_id in keys]
    for key_id, app in zip(keys, apps, strict=True):
        url = app.test_client().get("/").text
        assert url.startswith(f"https://{key_id.lower()}.example/a?")
        assert Verifier({key_id: keys[key_id].public_key()}).check(url)
