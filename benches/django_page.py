"""A page of 100 signed images in Django, rendered as a whole, against django-storages with `cryptography`.

python benches/django_page.py

Prints how many times as fast each way is. The pages are rendered in turns; of each, the fastest counts, since machines
are shared and a page takes only milliseconds. Exits with 1 if a ratio is below its goal.
"""

import sys
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from time import perf_counter
from typing import Any, NamedTuple

import botocore.signers
import django
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from django.conf import settings

from cloudfront_signer import PrivateKey, Verifier

IMAGES, ROUNDS = 100, 40
KEYS = {"K1": PrivateKey.generate(), "K2": PrivateKey.generate("ecdsa-p256")}
VERIFIER = Verifier({name: key.public_key() for name, key in KEYS.items()})
DOMAIN = "media.example.com"
FIELD = '{% for photo in photos %}<img src="{{ photo.image.url }}">{% endfor %}'
BATCH = (
    '{% load cloudfront %}{% signed_urls %}{% for photo in photos %}<img src="{% signed_url photo.image %}">'
    "{% endfor %}{% endsigned_urls %}"
)

settings.configure(
    USE_TZ=True,
    INSTALLED_APPS=["cloudfront_signer.django"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    CLOUDFRONT_SIGNER={
        "domain": DOMAIN,
        "key_pair_id": "K1",
        "private_key": KEYS["K1"],
        "expires": "1h",
        "signers": {"ecdsa": {"key_pair_id": "K2", "private_key": KEYS["K2"]}},
    },
)
django.setup()

from django.db import models  # noqa: E402  # models need the settings
from django.template import Context, Template  # noqa: E402
from storages.backends.s3 import S3Storage  # noqa: E402

from cloudfront_signer.django.storage import CloudFrontStorage  # noqa: E402


class Way(NamedTuple):
    """One way to render the page: the template, the storage, and how many times as fast it is to be."""

    name: str
    template: str
    storage: Any
    goal: float


def ways() -> list[Way]:
    """Every row of the table."""

    def storage(**options: Any) -> CloudFrontStorage:
        return CloudFrontStorage(bucket_name="media", **options)

    return [
        Way("RSA, one by one", FIELD, storage(), 0),
        Way("RSA, in a batch", BATCH, storage(), 1.7),
        Way("ECDSA, one by one", FIELD, storage(signer="ecdsa"), 10),
        Way("ECDSA, in a batch", BATCH.replace("image %}", 'image signer="ecdsa" %}'), storage(signer="ecdsa"), 10),
        Way("RSA, one signature for a resource", FIELD, storage(resource="/photos/*"), 50),
        Way("RSA, aligned, once warm", FIELD, storage(align=timedelta(hours=1)), 50),
    ]


def their_storage() -> S3Storage:
    """django-storages' storage, with botocore's signer and `cryptography`."""
    key = serialization.load_pem_private_key(KEYS["K1"].to_pem().encode(), None)
    signer = botocore.signers.CloudFrontSigner("K1", lambda text: key.sign(text, padding.PKCS1v15(), hashes.SHA1()))
    return S3Storage(bucket_name="media", custom_domain=DOMAIN, cloudfront_signer=signer)


def page(name: str, template: str, storage: Any) -> Callable[[], str]:
    """Return what renders the page with a model of that storage."""
    meta = type("Meta", (), {"app_label": "bench", "managed": False})
    fields = {"__module__": __name__, "Meta": meta, "image": models.FileField(storage=storage)}
    model: Any = type(f"Photo{abs(hash(name))}", (models.Model,), fields)
    compiled = Template(template)
    photos = [model(image=f"photos/{number:03}.jpg") for number in range(IMAGES)]
    return lambda: compiled.render(Context({"photos": photos}))


def check(rendered: str) -> None:
    """Stop unless CloudFront would accept every image of a page."""
    urls = [unescape(part.partition('"')[0]) for part in rendered.split('src="')[1:]]
    if len(urls) != IMAGES or not all(map(VERIFIER.check, urls)):
        sys.exit("a page has images that CloudFront would refuse")


def main() -> int:
    """Measure all ways in turns, and print the table."""
    theirs = page("theirs", FIELD, their_storage())
    ours = [page(way.name, way.template, way.storage) for way in ways()]
    for render in (theirs, *ours):
        check(render())
    spent: list[list[float]] = [[] for _ in range(len(ours) + 1)]
    for _ in range(ROUNDS):
        for render, times in zip((theirs, *ours), spent, strict=True):
            start = perf_counter()
            render()
            times.append((perf_counter() - start) * 1000)
    peer, *fastest = map(min, spent)
    print(f"{'django-storages with cryptography':<40}{peer:>8.2f} ms")
    low = False
    for way, milliseconds in zip(ways(), fastest, strict=True):
        ratio = peer / milliseconds
        low = low or ratio < way.goal
        goal = f"   goal {way.goal:g}" if way.goal else ""
        print(f"{way.name:<40}{milliseconds:>8.2f} ms{ratio:>8.1f} times as fast{goal}")
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main())
