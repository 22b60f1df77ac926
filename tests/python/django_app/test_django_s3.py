"""Storages: a real django-storages, S3 of moto, fields of a model, collectstatic, and the admin widget."""

import copy
import pickle
import re
from datetime import timedelta
from html import unescape
from urllib.parse import urlsplit

import boto3
import pytest
from django.conf import settings
from django.contrib.admin import ModelAdmin, site
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.exceptions import ImproperlyConfigured, SuspiciousOperation
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import models
from django.db.migrations.writer import MigrationWriter
from django.template import Context, Template
from django.test import override_settings
from moto.moto_api._internal.models import moto_api_backend
from storages.backends.s3 import S3Storage

from cloudfront_signer import CloudFrontSignerError, inspect, keys
from cloudfront_signer.django import kept_urls, lazy_signer, signer
from cloudfront_signer.django.storage import CloudFrontStaticStorage, CloudFrontStorage
from cloudfront_signer.django.widgets import SignedFilesMixin, SignedFileWidget

from support.aws import Fake, serving
from support.django_project import CLOUDFRONT_SIGNER, accepted

SITE = "https://media.example.com"
# django-storages calls utcnow, which Python 3.12 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow")
# A GIF of one pixel.
PIXEL = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")


@pytest.fixture(scope="module")
def options():
    """What leads a storage to a bucket at moto."""
    account = {"access_key": "test", "secret_key": "test", "region_name": "us-east-1"}
    with serving(Fake()) as endpoint:
        boto3.client(
            "s3",
            region_name="us-east-1",
            endpoint_url=endpoint,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        ).create_bucket(Bucket="media")
        yield {**account, "endpoint_url": endpoint, "bucket_name": "media"}
    moto_api_backend.reset()


@pytest.fixture
def project(options):
    """Settings that name our storages, as a project has them."""
    storages = {
        "default": {
            "BACKEND": "cloudfront_signer.django.storage.CloudFrontStorage",
            "OPTIONS": {**options, "location": "uploads"},
        },
        "staticfiles": {
            "BACKEND": "cloudfront_signer.django.storage.CloudFrontManifestStaticStorage",
            "OPTIONS": {**options, "location": "static"},
        },
    }
    with override_settings(STORAGES=storages):
        yield


class Photo(models.Model):
    """A picture."""

    file = models.FileField(upload_to="photos", blank=True)
    image = models.ImageField(upload_to="photos", blank=True)

    class Meta:
        """It has no table: fields save files without one."""

        app_label = "cloudfront_signer"
        managed = False


def content_of(storage, name):
    with storage.open(name) as file:
        return file.read()


def key_of(url):
    return urlsplit(url).path


def test_urls_are_signed():
    storage = CloudFrontStorage(bucket_name="b")
    url = storage.url("videos/a b.mp4")
    assert url.startswith(f"{SITE}/videos/a%20b.mp4?Expires=")
    assert accepted(url)


def test_special_names():
    """In each name, what would end the path of a URL is part of the name."""
    storage = CloudFrontStorage(bucket_name="b", location="a/b")
    for name in ("ãlöhâ.jpg", "whacky & filename.mp4", "what?#.mp4", "100%.mp4", "a*b.mp4", "a'(b)!.mp4", "folder/"):
        url = storage.url(name)
        assert accepted(url)
        assert key_of(url).startswith("/a/b/")
    with pytest.raises(SuspiciousOperation):
        storage.url("../secret.mp4")


def test_a_query():
    url = CloudFrontStorage(bucket_name="b").url("a.mp4", parameters={"response-content-type": "video/mp4"})
    assert url.startswith(f"{SITE}/a.mp4?response-content-type=video%2Fmp4&Expires=")
    assert accepted(url)


def test_many_urls_are_one_batch(counting):
    urls = CloudFrontStorage(bucket_name="b").urls((f"{number}.jpg" for number in range(100)), expire=60)
    assert (counting.batches, counting.single) == ([100], 0)
    assert all(map(accepted, urls))
    assert [key_of(url) for url in urls] == [f"/{number}.jpg" for number in range(100)]


def seconds_left(storage, **options):
    reference = inspect(CloudFrontStorage(bucket_name="b").url("a")).expires - 3600
    return inspect(storage.url("a", **options)).expires - reference


def test_whose_expiry():
    about = pytest.approx
    plain = CloudFrontStorage(bucket_name="b")
    assert seconds_left(plain) == about(3600, abs=60)
    assert seconds_left(plain, expire=60) == about(60, abs=60)
    assert seconds_left(plain, expire="2h") == about(7200, abs=60)
    assert seconds_left(CloudFrontStorage(bucket_name="b", querystring_expire=7200)) == about(7200, abs=60)
    assert seconds_left(CloudFrontStorage(bucket_name="b", expires="1d")) == about(86400, abs=60)
    assert seconds_left(CloudFrontStorage(bucket_name="b", expires=timedelta(days=1)), expire=60) == about(60, abs=60)


def test_aligned_and_granted():
    storage = CloudFrontStorage(bucket_name="b", location="uploads", align="1h", resource="/uploads/*")
    first, second = storage.urls(["a", "b"])
    assert inspect(first).expires % 3600 == 0
    assert inspect(first).policy.resource == f"{SITE}/uploads/*"
    assert first.partition("?")[2] == second.partition("?")[2], "one signature for all"
    assert accepted(first)
    assert accepted(second)


def test_files_under_a_resource_share_a_signature():
    """Also if nothing is aligned, for about a minute."""
    storage = CloudFrontStorage(bucket_name="b", resource="/a/*")
    first, second = storage.url("a/1"), storage.url("a/2")
    assert inspect(first).expires % 60 == 0
    assert inspect(first).expires != inspect(second).expires or first.split("?")[1] == second.split("?")[1]
    elsewhere = CloudFrontStorage(bucket_name="b", resource="/a/*", custom_domain="other.example")
    assert inspect(elsewhere.url("a/1")).policy.resource == "https://other.example/a/*"


def test_options_that_change_later():
    """As in a test of a project."""
    storage = CloudFrontStorage(bucket_name="b")
    before = inspect(storage.url("a")).expires
    storage.expires = "1d"
    assert inspect(storage.url("a")).expires > before + 80_000


def test_aligned_urls_are_kept_until_the_expiry_moves_on(monkeypatch):
    """They are what a new signature would be, at each moment."""
    storage = CloudFrontStorage(bucket_name="b", align="1h")
    url = storage.url("a b")
    assert storage.url("a b") is url
    assert storage.url("c") != url
    end = inspect(url).expires
    for now, kept in ((end - 3601, True), (end - 3599, False)):
        monkeypatch.setattr(kept_urls, "time", lambda now=now: now)
        assert (storage._kept.get(storage._kept._window[0], "a b") is url) == kept
    monkeypatch.undo()
    window = storage._kept._window
    earlier = storage.url("late", expire="1h").replace(f"Expires={end}", f"Expires={end - 3600}")
    assert storage._kept.keep(window[0], "late", earlier, timedelta(hours=1)) == earlier
    assert storage._kept._window is window
    assert "late" not in window[2], "a slow thread does not bring an old URL into a new window"
    for name, value in (("location", "x"), ("custom_domain", "y.example"), ("expires", "2h"), ("resource", "/*")):
        setattr(storage, name, value)
        assert storage.url("a b") != url
        assert storage.url("a b") == storage.url("a b")
    assert not isinstance(CloudFrontStorage(bucket_name="b").url("a"), kept_urls.KeptUrl), "nothing is aligned"


def test_another_key_is_used_at_once():
    """Whether it is set by hand or changes by itself."""
    storage = CloudFrontStorage(bucket_name="b", align="1h")
    storage.url("a")
    made, before = signer(), signer().key_id
    made.key_id = "K9"
    assert "&Key-Pair-Id=K9&" in storage.url("a")
    made.key_id = before
    with override_settings(CLOUDFRONT_SIGNER={**CLOUDFRONT_SIGNER, "key_pair_id": "K8"}):
        assert "&Key-Pair-Id=K8&" in storage.url("a")
    ring = keys.from_file("no such file")
    with_ring = override_settings(CLOUDFRONT_SIGNER={**CLOUDFRONT_SIGNER, "private_key": ring})
    with with_ring, pytest.raises(CloudFrontSignerError):
        storage.url("a")


def test_a_kept_url_is_escaped_as_any_other():
    storage = CloudFrontStorage(bucket_name="b", align="1h")
    plain = str(storage.url("a'b<c>.mp4"))
    texts = ("{{ url }}", "{{ url|safe }}", "{{ url|urlencode }}", "{% autoescape off %}{{ url }}{% endautoescape %}")
    for text in texts:
        kept = Template(text).render(Context({"url": storage.url("a'b<c>.mp4")}))
        assert kept == Template(text).render(Context({"url": "".join(plain)})), text
    assert len({storage.url(str(number)) for number in range(4100)}) == 4100
    assert len(storage._kept._window[2]) == 4096


def test_a_storage_can_be_copied():
    """Without the key, which is in the settings."""
    storage = CloudFrontStorage(bucket_name="b", align="1h")
    url = storage.url("a")
    assert pickle.loads(pickle.dumps(storage)).url("a").split("?")[0] == url.split("?")[0]
    assert accepted(copy.deepcopy(storage).url("a"))


def test_without_signatures():
    for storage in (
        CloudFrontStorage(bucket_name="b", querystring_auth=False),
        CloudFrontStaticStorage(bucket_name="b"),
    ):
        assert storage.url("a.css") == f"{SITE}/a.css"
        assert storage.urls(["a.css"]) == [f"{SITE}/a.css"]


def test_where_the_content_is():
    own = CloudFrontStorage(bucket_name="b", custom_domain="127.0.0.1:8080", url_protocol="http:")
    assert own.url("a").startswith("http://127.0.0.1:8080/a?")
    with override_settings(CLOUDFRONT_SIGNER={**CLOUDFRONT_SIGNER, "base_url": "http://127.0.0.1:9"}):
        assert CloudFrontStorage(bucket_name="b").url("a").startswith("http://127.0.0.1:9/a?")
    with override_settings(CLOUDFRONT_SIGNER={**CLOUDFRONT_SIGNER, "signers": {"dl": {"domain": "dl.example.com"}}}):
        assert CloudFrontStorage(bucket_name="b", signer="dl").url("a").startswith("https://dl.example.com/a?")
    with pytest.raises(ImproperlyConfigured, match="no signer 'films'"):
        CloudFrontStorage(bucket_name="b", signer="films").url("a")
    with pytest.raises(ImproperlyConfigured, match="colour"):
        CloudFrontStorage(bucket_name="b", colour="red")


def test_only_the_signer():
    """Of django-storages' own class."""
    storage = S3Storage(bucket_name="b", custom_domain="media.example.com", cloudfront_signer=lazy_signer())
    assert accepted(storage.url("videos/a b.mp4"))


def test_a_migration_names_the_storage():
    """And holds no key."""
    written, imports = MigrationWriter.serialize(CloudFrontStorage(bucket_name="b", signer="default"))
    assert written == "cloudfront_signer.django.storage.CloudFrontStorage(bucket_name='b', signer='default')"
    assert imports == {"import cloudfront_signer.django.storage"}


def test_fields(project, options):
    photo = Photo()
    photo.file.save("a b.txt", ContentFile(b"hello"), save=False)
    photo.image.save("1.gif", ContentFile(PIXEL), save=False)
    for field, name in ((photo.file, "photos/a_b.txt"), (photo.image, "photos/1.gif")):
        assert field.name == name
        assert key_of(field.url) == f"/uploads/{name}"
        assert accepted(field.url)
        page = Template("{% load cloudfront %}{{ field|signed_url }} {% signed_url field %}").render(
            Context({"field": field})
        )
        assert [key_of(unescape(url)) for url in page.split(" ")] == [f"/uploads/{name}"] * 2
        assert all(map(accepted, page.split(" ")))
    with photo.image:
        assert photo.image.width == 1
    assert content_of(default_storage, "photos/a_b.txt") == b"hello"
    keys = [one.key for one in default_storage.bucket.objects.all()]
    assert {"uploads/photos/a_b.txt", "uploads/photos/1.gif"} <= set(keys)


@pytest.fixture
def static(tmp_path):
    """Static files of which one names another."""
    (tmp_path / "fonts").mkdir()
    (tmp_path / "site.css").write_text(
        "body { background: url('dot.gif') } @font-face { src: url(fonts/a.eot?#iefix) }"
    )
    (tmp_path / "dot.gif").write_bytes(PIXEL)
    (tmp_path / "fonts" / "a.eot").write_bytes(b"font")
    finders = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    with override_settings(STATICFILES_DIRS=[tmp_path], STATICFILES_FINDERS=finders):
        yield


def test_collectstatic(project, static, options):
    call_command("collectstatic", interactive=False, verbosity=0)
    url = staticfiles_storage.url("site.css")
    assert re.fullmatch(rf"{SITE}/static/site\.[0-9a-f]{{12}}\.css", url)
    collected = content_of(staticfiles_storage, staticfiles_storage.stored_name("site.css")).decode()
    assert re.search(r'url\("dot\.[0-9a-f]{12}\.gif"\)', collected)
    assert re.search(r'url\("fonts/a\.[0-9a-f]{12}\.eot\?#iefix"\)', collected)
    page = Template("{% load static %}{% static 'site.css' %}").render(Context())
    assert page == url


def test_collectstatic_of_signed_files(project, static, options):
    """What is written into files once has no signature that ends."""
    static_files = {
        "BACKEND": "cloudfront_signer.django.storage.CloudFrontManifestStaticStorage",
        "OPTIONS": {**options, "location": "signed", "querystring_auth": True},
    }
    with override_settings(STORAGES={**settings.STORAGES, "staticfiles": static_files}):
        call_command("collectstatic", interactive=False, verbosity=0)
        names = {name: staticfiles_storage.stored_name(name) for name in ("site.css", "fonts/a.eot")}
        collected = content_of(staticfiles_storage, names["site.css"]).decode()
        url = staticfiles_storage.url("site.css")
        font = staticfiles_storage.url("fonts/a.eot?#iefix")
    assert "Signature" not in collected
    assert re.search(r'url\("dot\.[0-9a-f]{12}\.gif"\)', collected)
    assert key_of(url) == f"/signed/{names['site.css']}"
    assert accepted(url)
    assert key_of(font) == f"/signed/{names['fonts/a.eot']}"
    assert accepted(font.partition("#")[0])


class PhotoAdmin(SignedFilesMixin, ModelAdmin):
    """What a project writes."""


@pytest.mark.parametrize(
    ("name", "element"),
    [("1.gif", "<img src="), ("a b.mp4", "<video src="), ("s.mp3", "<audio src="), ("<b>.pdf", None)],
)
def test_the_admin_shows_private_files(project, name, element):
    form = PhotoAdmin(Photo, site).get_form(None, fields=["file", "image"], change=True)
    photo = Photo(file=f"photos/{name}")
    page = form(instance=photo)["file"].as_widget()
    urls = [unescape(url) for url in re.findall('(?:src|href)="([^"]*)"', page)]
    assert len(urls) == (2 if element else 1)
    assert all(map(accepted, urls))
    assert key_of(urls[0]).startswith("/uploads/photos/")
    assert element is None or element in page
    assert "<b>" not in page
    assert 'name="file-clear"' in page
    empty = form(instance=Photo())["file"].as_widget()
    assert "href" not in empty
    assert 'type="file"' in empty


def test_the_widget_for_other_storages():
    """Which do not sign: the widget does."""
    storages = {"default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    with override_settings(STORAGES=storages):
        widget = SignedFileWidget(expires="5m")
        context = widget.get_context("file", Photo(file="a.mp4").file, {})
    url = context["widget"]["signed_url"]
    assert (context["widget"]["kind"], accepted(url)) == ("video", True)
    assert seconds_left(CloudFrontStorage(bucket_name="b")) - 3600 < 60
    assert inspect(url).expires < inspect(CloudFrontStorage(bucket_name="b").url("a")).expires
