"""The settings of a Django project in this process. Import it before what needs Django's applications."""

import sys
import types

import django
from django.conf import settings

from cloudfront_signer import PrivateKey, Verifier

KEY = PrivateKey.generate("ecdsa-p256")
VERIFIER = Verifier({"K1": KEY.public_key()})
DOMAIN = "media.example.com"
CLOUDFRONT_SIGNER = {"domain": DOMAIN, "key_pair_id": "K1", "private_key": KEY, "expires": "1h"}

if not settings.configured:
    urlconf = types.ModuleType("django_project_urls")
    urlconf.urlpatterns = []
    sys.modules["django_project_urls"] = urlconf
    settings.configure(
        SECRET_KEY="of the tests",
        USE_TZ=True,
        ALLOWED_HOSTS=["testserver"],
        ROOT_URLCONF="django_project_urls",
        SESSION_COOKIE_DOMAIN="example.com",
        INSTALLED_APPS=[
            "django.contrib.admin",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.messages",
            "django.contrib.sessions",
            "django.contrib.staticfiles",
            "cloudfront_signer.django",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        STATIC_URL="/static/",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        CLOUDFRONT_SIGNER=CLOUDFRONT_SIGNER,
    )
    django.setup()


def accepted(url):
    """Whether CloudFront accepts a signed URL, as it is in HTML or not."""
    return bool(VERIFIER.check(url.replace("&amp;", "&")))
