"""Private content in notebooks (extra ``[jupyter]``).

``show`` plays or shows the object of a signed URL next to what the URL says. ``%load_ext cloudfront_signer.jupyter``
adds the line magic ``%signed_url``. Inspections, diagnoses, decisions, policies, grants and cookies are tables in a
notebook even if this module is not imported.

A notebook's file stores the output of its cells, and with it the signed URLs of players and links, which grant access
until they expire. Sign for a short time, and clear the output before you share a notebook.

>>> from cloudfront_signer import CloudFrontSigner, PrivateKey
>>> from cloudfront_signer.jupyter import show
>>> signer = CloudFrontSigner("K2JCJMDEHXQW5F", PrivateKey.generate("ecdsa-p256"))
>>> show(signer.sign_url("https://d111111abcdef8.cloudfront.net/a.mp4", expires=2000000000))
<video https://d111111abcdef8.cloudfront.net/a.mp4, expires 2033-05-18 03:33:20 UTC>
"""

import shlex
from argparse import ArgumentParser
from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape
from mimetypes import guess_type
from typing import Any, Literal, NoReturn, get_args
from urllib.parse import unquote, urlsplit

from cloudfront_signer import CloudFrontSigner, InvalidUrlError, inspect
from cloudfront_signer._distribution import Distribution
from cloudfront_signer._native import excerpt, mask_secrets
from cloudfront_signer._settings import Settings, environment, missing_extra, parse_expiry, read_settings

try:
    from IPython.core.error import UsageError
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.display import display
except ModuleNotFoundError as _missing:
    raise missing_extra(_missing, __name__, "jupyter") from None

__all__ = ["SignedUrl", "load_ipython_extension", "show"]

_Kind = Literal["video", "audio", "image", "link"]

# In an attribute, so that it holds in every front end: they remove <style> and scripts from stored output.
_SIDE_BY_SIDE = "display:flex;flex-wrap:wrap;gap:1em;align-items:flex-start"
# Next to a player; below it where less than this is left.
_BESIDE = "flex:1 1 20em;min-width:0"
_PREFIX = "CLOUDFRONT_SIGNER_"


def show(url: str, *, kind: _Kind | None = None, width: int = 480, address: str | None = None) -> None:
    """Play or show the object of a signed URL, with the decoded policy and the time left next to it.

    The browser that shows the notebook fetches the object; nothing is verified or fetched here. Outside a notebook, one
    line without the signature is printed.

    Args:
        url: A signed URL.
        kind: "video", "audio", "image" or "link". None: what the extension of the file name says, a link if it says
            nothing else.
        width: The width of a video, or the greatest width of an image, in pixels.
        address: The address of a local edge, such as "http://127.0.0.1:8080", that serves the object instead of the
            URL's host.

    Raises:
        InvalidUrlError: The URL is not signed, or the address is not one.
        ValueError: The kind is unknown.
    """
    display(_Shown(url, kind, width, address))  # type: ignore[no-untyped-call]


class SignedUrl(str):
    """A signed URL, as ``%signed_url`` returns it: a `str` that a notebook displays without its signature.

    The display is a link next to the decoded policy. `print` and `str` show all of the URL.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"'{excerpt(str(self))}'"

    def _repr_html_(self) -> str:
        return _Shown(str(self), "link")._repr_html_()


class _Shown:
    """What `show` displays."""

    def __init__(self, url: str, kind: _Kind | None = None, width: int = 480, address: str | None = None) -> None:
        if kind is not None and kind not in get_args(_Kind):
            raise ValueError(f"kind: '{excerpt(kind)}': expected one of {', '.join(get_args(_Kind))}, or None")
        self._inspection = inspect(url)
        if self._inspection.url is None:
            raise InvalidUrlError("url: found cookies, expected a signed URL: sign the URL, or use inspect for cookies")
        self._source = _at(url.strip(), address)
        self._width = int(width)
        path = urlsplit(self._inspection.url).path
        self._name = mask_secrets(unquote(path.rpartition("/")[2])) or "/"
        self._kind = kind or _kind_of(path)

    def _repr_html_(self) -> str:
        source, name = escape(self._source), escape(self._name)
        link = f'<a href="{source}" target="_blank" rel="noopener noreferrer">{name}</a>'
        element = {
            "video": f'<video controls preload="metadata" width="{self._width}" src="{source}"></video><br>',
            "audio": f'<audio controls preload="metadata" src="{source}"></audio><br>',
            "image": f'<img style="max-width:{self._width}px" alt="{name}" src="{source}"><br>',
            "link": "",
        }[self._kind]
        table = f'<div style="{_BESIDE}">{self._inspection._repr_html_()}</div>'
        return f'<div style="{_SIDE_BY_SIDE}"><div>{element}{link}</div>{table}</div>'

    def __repr__(self) -> str:
        end = self._inspection.expires
        expires = "no readable expiry" if end is None else f"expires {datetime.fromtimestamp(end, UTC):%F %T} UTC"
        return f"<{self._kind} {mask_secrets(self._inspection.url)}, {expires}>"


def _kind_of(path: str) -> _Kind:
    family = (guess_type(path)[0] or "").partition("/")[0]
    kinds: dict[str, _Kind] = {"video": "video", "audio": "audio", "image": "image"}
    return kinds.get(family, "link")


def _at(url: str, address: str | None) -> str:
    """The URL, fetched from another address."""
    if address is None:
        return url
    found = urlsplit(address)
    if found.scheme not in ("http", "https") or not found.netloc or found.path.strip("/") or found.query:
        raise InvalidUrlError(f"address: '{excerpt(address)}': expected a scheme and a host, http://127.0.0.1:8080")
    return urlsplit(url)._replace(scheme=found.scheme, netloc=found.netloc).geturl()


def load_ipython_extension(ipython: InteractiveShell) -> None:
    """Add ``%signed_url``; called by ``%load_ext cloudfront_signer.jupyter``."""

    def signed_url(line: str) -> SignedUrl:
        return _signed_url(line, ipython.user_ns)

    signed_url.__doc__ = _parser().format_help()
    ipython.magics_manager.register_function(signed_url, "line", "signed_url")


class _Parser(ArgumentParser):
    """Raises instead of ending the kernel."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{mask_secrets(message)}: see %signed_url?")


def _parser() -> _Parser:
    parser = _Parser(
        "%signed_url",
        description="Sign a URL. The result is displayed as a link, and can be assigned: url = %signed_url a.mp4",
        add_help=False,
    )
    parser.add_argument(
        "url", help="a URL, or the name of an object on the signer's domain; in quotes if it has blanks"
    )
    parser.add_argument("--expires", help="30s, 5m, 2h, 7d, seconds since 1970, or ISO 8601 with an offset")
    parser.add_argument("--not-before", metavar="TIME", help="when access starts, in the same forms")
    parser.add_argument("--ip-address", metavar="CIDR", help="the IPv4 address or range of the viewers")
    parser.add_argument("--resource", metavar="URL", help="a URL with wildcards to grant access to")
    parser.add_argument(
        "--signer",
        metavar="NAME",
        help="a variable that holds a CloudFrontSigner; without it CLOUDFRONT_SIGNER_* apply",
    )
    return parser


def _signed_url(line: str, variables: Mapping[str, Any]) -> SignedUrl:
    try:
        given = _parser().parse_args(shlex.split(line))
        terms = {name: value for name, value in vars(given).items() if name not in ("url", "signer")}
        terms["not_before"] = parse_expiry(given.not_before)
        return SignedUrl(_distribution(given.signer, variables).sign_url(given.url, terms))
    except ValueError as error:
        # One line instead of a traceback. `shlex` raises it, too, for a quote that is not closed.
        raise UsageError(mask_secrets(error)) from None


def _distribution(name: str | None, variables: Mapping[str, Any]) -> Distribution:
    """The signer in a variable, or else that of the environment, with the address for names of objects."""
    if name is None:
        return Distribution(read_settings(lambda word: environment(_PREFIX + word), lambda word: _PREFIX + word))
    signer = variables.get(name)
    if not isinstance(signer, CloudFrontSigner):
        raise UsageError(f"--signer: no variable '{excerpt(name)}' holds a CloudFrontSigner")
    return Distribution(Settings(signer, f"https://{signer.domain}" if signer.domain else None))
