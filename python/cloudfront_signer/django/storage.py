"""Storages over those of django-storages whose URLs are signed for CloudFront (needs ``django-storages[s3]``).

::

    STORAGES = {
        "default": {
            "BACKEND": "cloudfront_signer.django.storage.CloudFrontStorage",
            "OPTIONS": {"bucket_name": "my-videos", "resource": "/photos/*"},
        },
        "staticfiles": {"BACKEND": "cloudfront_signer.django.storage.CloudFrontManifestStaticStorage"},
    }

The options are those of ``S3Storage``, and ``signer``, ``expires``, ``align`` and ``resource``.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib.staticfiles.storage import ManifestFilesMixin
from django.core.exceptions import ImproperlyConfigured

from cloudfront_signer import CloudFrontSigner, quote_path
from cloudfront_signer.django.conf import DEFAULT, ConfiguredDistribution, distribution
from cloudfront_signer.django.kept_urls import KeptUrls
from cloudfront_signer.django.signing import terms as signing_terms

if TYPE_CHECKING:

    def clean_name(name: str) -> str:
        """As in django-storages, which has no types."""

    class S3Storage:
        """What this module uses of django-storages' class."""

        location: str
        custom_domain: str | None
        url_protocol: str
        querystring_auth: bool
        querystring_expire: Any
        signer: str
        expires: Any
        align: Any
        resource: str | None

        def __init__(self, **options: Any) -> None: ...
        def get_default_settings(self) -> dict[str, Any]: ...
        def _normalize_name(self, name: str) -> str: ...

else:
    from storages.backends.s3 import S3Storage
    from storages.utils import clean_name


class CloudFrontStorage(S3Storage):
    """Keeps files in S3; their URLs are those of a distribution of ``CLOUDFRONT_SIGNER``, signed.

    Args:
        signer: The name of a signer of the settings.
        expires: When access ends, as in ``signed_url``. The default is ``querystring_expire``, if it is set here, else
            that of the settings.
        align: The grid that the expiry is rounded up to, so that a URL stays the same and browsers cache it.
        resource: A path pattern, such as ``"/photos/*"``, that each URL grants access to: files under it share one
            signature. Anyone who has the URL of one file can make those of the others. The expiry is rounded up to a
            minute, unless ``align`` is set.
        **options: Those of django-storages' ``S3Storage``. ``querystring_auth=False`` leaves the URLs unsigned, for
            public files and for content behind signed cookies.
    """

    # What S3Storage signs with.
    cloudfront_signer = None

    def __init__(self, **options: Any) -> None:
        if theirs := options.keys() & {"cloudfront_signer", "cloudfront_key_id", "cloudfront_key"}:
            raise ImproperlyConfigured(
                f"{', '.join(sorted(theirs))}: {type(self).__name__} has the key of CLOUDFRONT_SIGNER: "
                "choose one of its signers with the option signer, or no signature with querystring_auth=False"
            )
        self._expire_is_set = "querystring_expire" in options
        self._kept: KeptUrls = KeptUrls()
        self._usual_terms: tuple[tuple[Any, ...], dict[str, Any]] | None = None
        super().__init__(**options)

    def get_default_settings(self) -> dict[str, Any]:
        """Return the options of ``S3Storage``, and those of this class."""
        defaults: dict[str, Any] = super().get_default_settings()
        return defaults | {"signer": DEFAULT, "expires": None, "align": None, "resource": None}

    def url(
        self,
        name: str,
        parameters: Mapping[str, Any] | None = None,
        expire: Any = None,
        http_method: str | None = None,
    ) -> str:
        """Return the URL of a file, signed unless ``querystring_auth`` is off.

        Args:
            name: The name of the file.
            parameters: The query, such as ``response-content-disposition``.
            expire: When access ends, in seconds from now or as in ``signed_url``.
            http_method: Ignored: CloudFront's policies do not name a method.
        """
        if not self.querystring_auth:
            return self.unsigned_url(name, parameters)
        chosen = distribution(self.signer)
        # Signers of `cloudfront_signer.keys` may change their key at any time.
        is_kept = self._is_aligned(chosen) and type(chosen.signer) is CloudFrontSigner
        if parameters or expire is not None or not is_kept:
            return self._sign(self.unsigned_url(name, parameters), expire)
        signed_with = (chosen, chosen.signer.key_id, *self._options())
        return self._kept.get(signed_with, name) or self._sign_and_keep(chosen, signed_with, name)

    def urls(self, names: Iterable[str], parameters: Mapping[str, Any] | None = None, expire: Any = None) -> list[str]:
        """Return the URLs of many files, signed in one batch; arguments are those of ``url``."""
        urls = [self.unsigned_url(name, parameters) for name in names]
        if not self.querystring_auth:
            return urls
        return distribution(self.signer).signer.sign_urls(urls, **self._terms(expire))

    def unsigned_url(self, name: str, parameters: Mapping[str, Any] | None = None) -> str:
        """Return the URL of a file without a signature; raises SuspiciousOperation for a name outside ``location``."""
        key = self._normalize_name(clean_name(name))
        url = f"{self._base_url}/{quote_path(key)}"
        return f"{url}?{urlencode(parameters)}" if parameters else url

    @property
    def _base_url(self) -> str:
        if self.custom_domain:
            return f"{self.url_protocol}//{self.custom_domain}"
        return distribution(self.signer).base_url

    def _is_aligned(self, chosen: ConfiguredDistribution) -> bool:
        return chosen.is_aligned or self.align is not None or self.resource is not None

    def _options(self) -> tuple[Any, ...]:
        """Return what the usual URLs depend on; each may be set later."""
        return (
            self.expires,
            self.align,
            self.resource,
            self.querystring_expire,
            self.location,
            self.custom_domain,
            self.url_protocol,
        )

    def _sign_and_keep(self, chosen: ConfiguredDistribution, signed_with: tuple[Any, ...], name: str) -> str:
        terms = self._terms(None)
        url = chosen.signer.sign_url(self.unsigned_url(name), **terms)
        return self._kept.keep(signed_with, name, url, terms.get("expires", chosen.signer_expires))

    def _sign(self, url: str, expire: Any) -> str:
        return distribution(self.signer).signer.sign_url(url, **self._terms(expire))

    def _terms(self, expire: Any) -> dict[str, Any]:
        """Return the keyword arguments of the signer. Those of the options are worked out once, not for each file."""
        options = (self.signer, self._base_url, *self._options())
        if expire is not None:
            return self._worked_out(expire)
        if self._usual_terms is None or self._usual_terms[0] != options:
            usual = self.expires
            if usual is None and self._expire_is_set:
                usual = self.querystring_expire
            self._usual_terms = options, self._worked_out(usual)
        return self._usual_terms[1]

    def _worked_out(self, expire: Any) -> dict[str, Any]:
        resource = self.resource
        if resource is not None and self.custom_domain and resource.startswith("/"):
            resource = self._base_url + resource
        return distribution(self.signer).terms(signing_terms(expire, self.align, resource))


class CloudFrontStaticStorage(CloudFrontStorage):
    """Keeps static files: public ones, or content behind signed cookies, since the URLs are not signed."""

    querystring_auth = False


class _PlainStorage(CloudFrontStaticStorage):
    """What the mixin below names files with: it unquotes their URLs and takes them apart, so they have no signature."""

    def url(self, name: str, *_: Any, **__: Any) -> str:
        return self.unsigned_url(name)


class CloudFrontManifestStaticStorage(ManifestFilesMixin, _PlainStorage):  # type: ignore[misc]  # its url has `force`
    """Keeps static files under names that have a hash of their content.

    With ``querystring_auth=True`` the URLs in templates are signed. Those within stylesheets and scripts, which
    ``collectstatic`` writes once, never are: they need signed cookies.
    """

    def _url(
        self,
        hashed_name_func: Any,
        name: str,
        force: bool = False,
        hashed_files: dict[str, str] | None = None,
    ) -> str:
        url: str = super()._url(hashed_name_func, name, force, hashed_files)  # type: ignore[misc]  # the mixin's
        signs = self.querystring_auth and hashed_files is None
        return self._sign(url, None) if signs else url
