"""What a stack is to be like beyond its least: the same words for ``up`` and for templates."""

import re
from dataclasses import dataclass

from cloudfront_signer._native import excerpt
from cloudfront_signer._text import MaskedRepr
from cloudfront_signer.aws.errors import SetupError

# What S3 takes from a signed request's query to name a download; everything else of the query stays at the edge.
DOWNLOAD_NAMES = ("response-content-disposition", "response-content-type")
# What `/` is where the bucket may be listed: without it the distribution's own address would list every object.
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
    """What the distributions let through, and to whom.

    ``open_paths``: path patterns of the signed distribution that need no signature. ``open_distribution``: the guide's
    second distribution, which makes every object public. ``domain``, ``certificate``: an alternate domain name and the
    ARN of its ACM certificate in us-east-1. ``cors_origins``: sites whose scripts may read with cookies.
    ``allow_download_names``: ``response-content-disposition`` and ``-type`` reach S3. ``list_bucket``: a missing object
    is 404 in place of 403. Raises SetupError for what CloudFront would not take.
    """

    open_paths: tuple[str, ...] = ()
    open_distribution: bool = False
    domain: str | None = None
    certificate: str | None = None
    cors_origins: tuple[str, ...] = ()
    allow_download_names: bool = False
    list_bucket: bool = False

    def __post_init__(self) -> None:
        """Check every value, so that nothing is half made when AWS refuses one."""
        check_open_paths(self.open_paths)
        check_domain(self.domain, self.certificate)
        for origin in self.cors_origins:
            if not _ORIGIN.fullmatch(origin):
                raise SetupError(
                    f"--cors-origin {excerpt(origin)}: expected a site such as https://www.example.com, "
                    "with no path and no '*', which credentials exclude"
                )

    @property
    def kinds(self) -> tuple[str, ...]:
        """The distributions that are wanted."""
        return ("open", "signed") if self.open_distribution else ("signed",)

    @property
    def root_object(self) -> str:
        """The default root object."""
        return LISTED_ROOT if self.list_bucket else ""

    def notes(self) -> list[str]:
        """What somebody should know who chose this, a line each."""
        told = []
        if self.open_distribution:
            told.append("the open distribution makes every object of the bucket public to whoever learns its name")
        if self.open_paths:
            told.append(f"no signature is needed for {', '.join(self.open_paths)}: what lies there is public")
        if self.domain:
            told.append(f"cookies work in browsers for pages beside {self.domain}: set them with their common domain")
        elif self.cors_origins:
            told.append(
                "browsers take no cookies for *.cloudfront.net from your site: cookies need --domain and --certificate"
            )
        if self.list_bucket:
            told.append(f"a missing object is 404; / is {LISTED_ROOT}, so that nobody gets the bucket's list there")
        return told


def check_open_paths(patterns: tuple[str, ...]) -> None:
    """Refuse patterns that CloudFront does not take, and those that open everything."""
    for pattern in patterns:
        if not _PATTERN.fullmatch(pattern):
            raise SetupError(
                f"--open {excerpt(pattern)}: expected a path pattern such as /public/* (A-Z a-z 0-9 _-.*$/~\"'@:+&?)"
            )
        if not pattern.strip("/*?"):
            raise SetupError(
                f"--open {excerpt(pattern)}: that opens the whole bucket: name a folder, such as /public/*, "
                "or make it plain with --open-distribution"
            )
    if len(set(patterns)) != len(patterns):
        raise SetupError("--open: one of the patterns is given twice")


def check_domain(domain: str | None, certificate: str | None) -> None:
    """An alternate domain name and its certificate belong together."""
    if bool(domain) != bool(certificate):
        raise SetupError("--domain and --certificate belong together: give both, or neither")
    if domain and not _DOMAIN.fullmatch(domain):
        raise SetupError(f"--domain {excerpt(domain)}: expected a name such as media.example.com, in lower case")
    if certificate and not _CERTIFICATE.fullmatch(certificate):
        raise SetupError(
            f"--certificate {excerpt(certificate)}: expected the ARN of an ACM certificate in us-east-1, "
            "arn:aws:acm:us-east-1:123456789012:certificate/…"
        )
