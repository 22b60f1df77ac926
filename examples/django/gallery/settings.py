"""The settings of the gallery. `cloudfront_signer.demo.local` sets the variables that begin with CLOUDFRONT_SIGNER."""

import os
from pathlib import Path

# A distribution on this machine has plain HTTP, and the host of the site.
BASE_URL = os.environ.get("CLOUDFRONT_SIGNER_BASE_URL")
LOCAL = BASE_URL is not None

SECRET_KEY = os.environ["SECRET_KEY"]
DEBUG = LOCAL
ALLOWED_HOSTS = ["127.0.0.1"] if LOCAL else ["www.example.com"]
# At AWS, the site and the distribution share a parent domain.
SESSION_COOKIE_DOMAIN = None if LOCAL else "example.com"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not LOCAL

# The distribution. The cookies open everything under /private/ to those who are logged in.
CLOUDFRONT_SIGNER = {
    "domain": os.environ["CLOUDFRONT_SIGNER_DOMAIN"],
    "key_pair_id": os.environ["CLOUDFRONT_SIGNER_KEY_PAIR_ID"],
    "private_key": os.environ["CLOUDFRONT_SIGNER_PRIVATE_KEY"],
    "base_url": BASE_URL,
    "expires": "1h",
    "cookie_resource": "/private/*",
}

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "cloudfront_signer.django",
    "gallery",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "cloudfront_signer.django.SignedCookiesMiddleware",
]

# The URLs of files need no signature: the cookies are sent with each request.
STORAGES = {
    "default": {
        "BACKEND": "cloudfront_signer.django.storage.CloudFrontStorage",
        "OPTIONS": {
            "bucket_name": os.environ.get("GALLERY_BUCKET", "my-media"),
            "location": "private",
            "querystring_auth": False,
        },
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

ROOT_URLCONF = "gallery.urls"
WSGI_APPLICATION = "gallery.wsgi.application"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "gallery"
LOGOUT_REDIRECT_URL = "login"
STATIC_URL = "/static/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASE = os.environ.get("GALLERY_DATABASE", Path(__file__).parents[1] / "gallery.sqlite3")
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATABASE}}
TEMPLATES = [
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
]
