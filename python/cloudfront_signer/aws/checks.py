"""Step 5: what a viewer gets."""

from dataclasses import dataclass
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

from cloudfront_signer import quote_path
from cloudfront_signer._native import excerpt, mask_secrets
from cloudfront_signer._text import MaskedRepr

_TIMEOUT = 30


@dataclass(frozen=True, slots=True, repr=False)
class Answer(MaskedRepr):
    """A status and the beginning of a body."""

    status: int
    text: str

    @property
    def code(self) -> str:
        """The code of AWS's XML, for example AccessDenied; empty if there is none."""
        return self.text.partition("<Code>")[2].partition("</Code>")[0]

    def __str__(self) -> str:
        return mask_secrets(f"{self.status} {self.code}".strip())


@dataclass(frozen=True, slots=True, repr=False)
class Check(MaskedRepr):
    """A request: what was expected, what was seen, and what to do if they differ."""

    what: str
    url: str
    expected: str
    seen: str
    fine: bool
    advice: str


def object_url(site: str, key: str) -> str:
    """An object's URL, with the key percent-encoded: ``#`` and ``?`` are part of it."""
    # No key contains bytes from a terminal that are not UTF-8: the request is sent anyway, and not found.
    name = key.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return f"{site}/{quote_path(name).lstrip('/')}"


def fetch(url: str, headers: dict[str, str] | None = None) -> Answer:
    """Request a URL. A server that cannot be reached is status 0, with the reason as text."""
    # Contact only the host of the URL, no proxy of the environment.
    opener = build_opener(ProxyHandler({}))
    try:
        with opener.open(Request(url, headers=headers or {}), timeout=_TIMEOUT) as answer:
            return Answer(answer.status, answer.read(4_096).decode("utf-8", "replace"))
    except HTTPError as refusal:
        with refusal:
            return Answer(refusal.code, refusal.read(4_096).decode("utf-8", "replace"))
    except (URLError, OSError, HTTPException, ValueError) as error:
        # The error may quote a part of the URL.
        return Answer(0, excerpt(str(getattr(error, "reason", error)), str(url)))


def _check(what: str, url: str, status: int, code: str, advice: str) -> Check:
    answer = fetch(url)
    seen = str(answer) if answer.status else f"no response: {answer.text}"
    fine = answer.status == status and (not code or answer.code == code)
    return Check(what, url, f"{status} {code}".strip(), seen, fine, "" if fine else advice)


def check_bucket(url: str) -> Check:
    """The bucket itself denies public access."""
    advice = "the bucket is public: block access (cloudfront-signer aws bucket), and look for ACLs that grant READ"
    return _check("bucket", url, 403, "", advice)


def check_open(url: str) -> Check:
    """The unsigned distribution serves."""
    advice = "check that it is deployed, and that the bucket policy names it (cloudfront-signer aws grant)"
    return _check("open", url, 200, "", advice)


def check_signed(url: str) -> Check:
    """The signed distribution requires a signature."""
    advice = "200 means that it trusts no key group; anything else, that it is not deployed yet"
    return _check("signed", url, 403, "MissingKey", advice)
