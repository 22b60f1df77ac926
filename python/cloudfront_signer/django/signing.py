"""Signed URLs of files, by name or as the fields of a model have them."""

from collections.abc import Iterable
from typing import Any

from asgiref.sync import sync_to_async

from cloudfront_signer.django.conf import DEFAULT, ConfiguredDistribution, distribution


def signed_url(
    file: object, *, expires: Any = None, align: Any = None, resource: str | None = None, signer: str = DEFAULT
) -> str:
    """Sign the URL of one file.

    Args:
        file: The name of an object, such as ``"videos/summer holiday.mp4"``; a whole URL; or the value of a FileField,
            whose storage knows the folder. A name is quoted, so ``?`` and ``#`` in it are part of the name.
        expires: When access ends: a duration (``"5m"``, a ``timedelta``, or seconds), a ``datetime``, or ISO 8601. The
            default is that of the settings.
        align: The grid that the expiry is rounded up to, ``"1h"`` or a ``timedelta``.
        resource: A path pattern, such as ``"/videos/*"``, that access is granted to, instead of the file alone. Files
            under one resource share one signature. The expiry is rounded up to a minute, unless ``align`` is set.
        signer: The name of a signer of the settings.

    Returns:
        The signed URL.

    Raises:
        ImproperlyConfigured: The settings are not valid.
        CloudFrontSignerError: The file or a term is not valid.
        ValueError: A field has no file.
    """
    chosen = distribution(signer)
    return chosen.sign_url(url_of(chosen, file), terms(expires, align, resource))


def signed_urls(
    files: Iterable[object],
    *,
    expires: Any = None,
    align: Any = None,
    resource: str | None = None,
    signer: str = DEFAULT,
) -> list[str]:
    """Sign the URLs of many files in one batch, on all cores; arguments and errors are those of ``signed_url``."""
    chosen = distribution(signer)
    return chosen.sign_urls([url_of(chosen, file) for file in files], terms(expires, align, resource))


async def asigned_urls(files: Iterable[object], **options: Any) -> list[str]:
    """Sign the URLs of many files in another thread, so that the event loop serves other requests meanwhile."""
    return await sync_to_async(signed_urls, thread_sensitive=False)(list(files), **options)


def url_of(chosen: ConfiguredDistribution, file: object) -> str:
    """Return the URL of a file, not signed."""
    storage = getattr(file, "storage", None)
    name: Any = getattr(file, "name", file) if storage is not None else file
    if not name:
        raise ValueError("no file: expected a name, a URL, or a field that has a file")
    unsigned = getattr(storage, "unsigned_url", None)
    if unsigned is not None:
        url: str = unsigned(name)
        return url
    return chosen.url(str(name))


def terms(expires: Any, align: Any, resource: str | None) -> dict[str, Any]:
    """Return the terms that a call has set."""
    given = {"expires": expires, "align": align, "resource": resource}
    return {word: value for word, value in given.items() if value is not None}
