"""What a stack has beyond the minimum; the same options for ``up`` and for templates."""

import re
from dataclasses import dataclass

from cloudfront_signer._native import excerpt
from cloudfront_signer._text import MaskedRepr
from cloudfront_signer.aws.errors import SetupError

# The query parameters with which S3 names a download; the edge forwards no other.
DOWNLOAD_NAMES = ("response-content-disposition", "response-content-type")
# The object for `/` if the bucket may be listed: without it, `/` would list every object.
LISTED_ROOT = "index.html"

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(\*\.)?{_LABEL}(\.{_LABEL})+")
_CERTIFICATE = re.compile(r"arn:aws[a-z-]*:acm:us-east-1:[0-9]{12}:certificate/[A-Za-z0-9-]+")
_ORIGIN = re.compile(rf"https?://({_LABEL}(\.{_LABEL})*)(:[0-9]{{1,5}})?")
# The characters of CloudFront's path patterns
# (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html).
_PATTERN = re.compile(r"/?[A-Za-z0-9_.*?$/~\"'@:+&-]{1,254}")


@dataclass(frozen=True, slots=True, repr=False)
class Options(MaskedRepr):
    """What the distributions serve, and to whom.

    ``open_paths``: path patterns of the signed distribution that need no signature. ``open_distribution``: a second,
    unsigned distribution, which makes every object public. ``domain``, ``certificate``: an alternate domain name and
    the ARN of its ACM certificate in us-east-1. ``cors_origins``: origins whose scripts may read with credentials.
    ``allow_download_names``: ``response-content-disposition`` and ``response-content-type`` are forwarded to S3.
    ``list_bucket``: a missing object returns 404, not 403. Raises SetupError for what CloudFront does not accept.
    """

    open_paths: tuple[str, ...] = ()
    open_distribution: bool = False
    domain: str | None = None
    certificate: str | None = None
    cors_origins: tuple[str, ...] = ()
    allow_download_names: bool = False
    list_bucket: bool = False

    def __post_init__(self) -> None:
        """Check every value first, so that AWS rejects none half-way."""
        check_open_paths(self.open_paths)
        check_domain(self.domain, self.certificate)
        for origin in self.cors_origins:
            if not _ORIGIN.fullmatch(origin):
                raise SetupError(
                    f"--cors-origin {excerpt(origin)}: expected an origin, for example https://www.example.com, "
                    "without a path and without '*', which browsers reject with credentials"
                )

    @property
    def kinds(self) -> tuple[str, ...]:
        """The distributions to create."""
        return ("open", "signed") if self.open_distribution else ("signed",)

    @property
    def root_object(self) -> str:
        """The default root object."""
        return LISTED_ROOT if self.list_bucket else ""

    def notes(self) -> list[str]:
        """The consequences of these options, one line each."""
        notes = []
        if self.open_distribution:
            notes.append("the open distribution makes every object of the bucket public to anyone who knows its name")
        if self.open_paths:
            notes.append(f"no signature is needed for {', '.join(self.open_paths)}: objects there are public")
        if self.domain:
            notes.append(
                f"browsers accept cookies from sites that share a parent domain with {self.domain}: set them for that"
            )
        elif self.cors_origins:
            notes.append(
                "browsers accept no cookies of your site for *.cloudfront.net: cookies need --domain and --certificate"
            )
        if self.list_bucket:
            notes.append(f"a missing object returns 404; / returns {LISTED_ROOT}, so that it does not list the bucket")
        return notes


def check_open_paths(patterns: tuple[str, ...]) -> None:
    """Reject patterns that CloudFront does not accept, and those that match everything."""
    for pattern in patterns:
        if not _PATTERN.fullmatch(pattern):
            raise SetupError(
                f"--open {excerpt(pattern)}: expected a path pattern such as /public/* (A-Z a-z 0-9 _-.*$/~\"'@:+&?)"
            )
        if not pattern.strip("/*?"):
            raise SetupError(
                f"--open {excerpt(pattern)}: it opens the whole bucket: name a folder, for example /public/*, "
                "or give --open-distribution"
            )
    if len(set(patterns)) != len(patterns):
        raise SetupError("--open: a pattern is given twice: give each once")


def check_domain(domain: str | None, certificate: str | None) -> None:
    """An alternate domain name and its certificate belong together."""
    if (domain is None) != (certificate is None):
        raise SetupError("--domain and --certificate belong together: give both, or neither")
    if domain is not None and not _DOMAIN.fullmatch(domain):
        raise SetupError(f"--domain {excerpt(domain)}: expected a name in lower case, for example media.example.com")
    if certificate is not None and not _CERTIFICATE.fullmatch(certificate):
        raise SetupError(
            f"--certificate {excerpt(certificate)}: expected the ARN of an ACM certificate in us-east-1, "
            "arn:aws:acm:us-east-1:123456789012:certificate/…"
        )
