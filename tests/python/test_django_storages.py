"""A real Django and a real django-storages sign through our signer."""

from datetime import timedelta

import django
from django.conf import settings


def test_s3_storage(signer):
    if not settings.configured:
        settings.configure(USE_TZ=True)
        django.setup()
    from storages.backends.s3 import S3Storage

    storage = S3Storage(
        bucket_name="bucket",
        access_key="x",
        secret_key="x",
        region_name="us-east-1",
        custom_domain="d111111abcdef8.cloudfront.net",
        cloudfront_signer=signer,
        querystring_expire=timedelta(hours=1).seconds,
    )
    url = storage.url("videos/a b.mp4")
    assert url.startswith("https://d111111abcdef8.cloudfront.net/videos/a%20b.mp4?Expires=")
    assert url.endswith("&Key-Pair-Id=K2JCJMDEHXQW5F")
