"""URLs with an aligned expiry, kept until that expiry moves on, in the form that templates write them."""

import html
from datetime import timedelta
from time import time
from typing import Any

from django.utils.safestring import SafeString

from cloudfront_signer import inspect

# Of one storage. A URL takes about a kilobyte.
_MOST = 4_096


class KeptUrl(str):
    """A URL that is escaped for HTML once, not on each page."""

    __slots__ = ("_escaped",)

    def __new__(cls, url: str) -> "KeptUrl":
        """Escape the URL."""
        kept = super().__new__(cls, url)
        kept._escaped = SafeString(html.escape(url))
        return kept

    _escaped: SafeString

    def __html__(self) -> SafeString:
        """Return what autoescaping writes."""
        return self._escaped


class KeptUrls:
    """The signed URLs of one storage by name. A copy is empty."""

    def __init__(self) -> None:
        # What they are signed with, until when they are the same, and the URLs. Replaced as a whole: threads share it.
        self._window: tuple[Any, float, dict[str, KeptUrl]] = None, 0.0, {}

    def get(self, signed_with: Any, name: str) -> KeptUrl | None:
        """Return the URL of a file that a new signature would also have."""
        with_what, until, urls = self._window
        return urls.get(name) if with_what == signed_with and time() < until else None

    def keep(self, signed_with: Any, name: str, url: str, expires: Any) -> str:
        """Keep a URL that was signed with an aligned expiry, and return it."""
        # The aligned expiry is the same until a lifetime that begins now would end after it.
        lifetime = expires.total_seconds() if isinstance(expires, timedelta) else 0
        until = (inspect(url).expires or 0) - lifetime
        window = self._window
        if window[0] != signed_with or window[1] < until:
            self._window = window = signed_with, until, {}
        urls = window[2]
        if window[1] > until:
            # Another thread has signed for the next expiry meanwhile.
            return url
        if len(urls) >= _MOST:
            return url
        kept = urls[name] = KeptUrl(url)
        return kept

    def __reduce__(self) -> tuple[type["KeptUrls"], tuple[()]]:
        return KeptUrls, ()
