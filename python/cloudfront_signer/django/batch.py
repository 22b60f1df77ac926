"""The files of a part of a page, signed together when that part has been rendered."""

import html
import re
import secrets
from contextvars import ContextVar
from typing import Any

from django.template import TemplateSyntaxError

from cloudfront_signer.django.conf import distribution
from cloudfront_signer.django.signing import terms, url_of

# Letters and digits alone: no escaping changes them.
_MARK = re.compile("cfsigner([0-9a-f]{16})n([0-9]+)z")

current: ContextVar["Batch | None"] = ContextVar("cloudfront_signer_batch", default=None)


class Batch:
    """Hands out a mark for each file, and replaces the marks by signed URLs."""

    def __init__(self) -> None:
        # No text of the page can have it.
        self._nonce = secrets.token_hex(8)
        # URL and whether it is escaped; by mark. The marks of a group, by signer and terms.
        self._files: list[tuple[str, bool]] = []
        self._groups: dict[tuple[str, Any, Any, str | None], list[int]] = {}

    def add(self, file: object, *, expires: Any, align: Any, resource: str | None, signer: str, escaped: bool) -> str:
        """Return the mark to be rendered for a file."""
        number = len(self._files)
        self._files.append((url_of(distribution(signer), file), escaped))
        self._groups.setdefault((signer, expires, align, resource), []).append(number)
        return f"cfsigner{self._nonce}n{number}z"

    def sign(self, text: str) -> str:
        """Replace the marks: one batch for each signer and set of terms."""
        signed: dict[int, str] = {}
        for (signer, *chosen), numbers in self._groups.items():
            found, urls = distribution(signer), [self._files[number][0] for number in numbers]
            signed.update(zip(numbers, found.signer.sign_urls(urls, **found.terms(terms(*chosen))), strict=True))

        def replace(mark: re.Match[str]) -> str:
            number = int(mark[2])
            if mark[1] != self._nonce:
                raise TemplateSyntaxError("a cached part was rendered in another signed_urls: cache the whole page")
            return html.escape(signed[number]) if self._files[number][1] else signed[number]

        return _MARK.sub(replace, text)
