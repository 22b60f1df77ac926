"""A pytest plugin: local distributions with private content, and assertions that explain a 403 (extra ``[edge]``).

pytest loads it by its entry point. It has the fixtures ``cloudfront_edge``, ``cloudfront_signer_key``,
``assert_allowed`` and ``assert_denied``. The edge is imported by the first test that uses one.

    def test_video(cloudfront_edge, assert_allowed, assert_denied):
        distribution = cloudfront_edge("media")
        assert_allowed(distribution.sign_url("a.mp4", expires="5m"))
        assert_denied(distribution.url("a.mp4"), "MissingKey")
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from cloudfront_signer import CloudFrontSigner, PrivateKey, Verifier, explain_answer, inspect
from cloudfront_signer._distribution import Distribution
from cloudfront_signer._native import excerpt
from cloudfront_signer._settings import Settings, missing_extra

if TYPE_CHECKING:
    import httpx

__all__ = ["CloudFrontEdge", "SignedDistribution"]

# In the form of the ids of CloudFront.
_KEY_PAIR_ID = "KTESTSIGNINGKEY"
_REASON = "x-signer-reason"

_Cookies: TypeAlias = Mapping[str, str] | str | None


@pytest.fixture(scope="session")
def cloudfront_signer_key() -> PrivateKey:
    """The private key that the distributions of `cloudfront_edge` trust: ECDSA P-256, new in each session."""
    return PrivateKey.generate("ecdsa-p256")


@pytest.fixture
def cloudfront_edge(cloudfront_signer_key: PrivateKey) -> Iterator["CloudFrontEdge"]:
    """Serve a folder, an HTTP origin or an application as a signed distribution: cloudfront_edge(origin).

    It listens on a free port until the end of the test.
    """
    with CloudFrontEdge(cloudfront_signer_key) as edge:
        yield edge


@pytest.fixture
def assert_allowed(cloudfront_edge: "CloudFrontEdge") -> Callable[..., None]:
    """Fetch a URL and fail unless it is served: assert_allowed(url, cookies=None). The failure explains a 403."""
    return cloudfront_edge.assert_allowed


@pytest.fixture
def assert_denied(cloudfront_edge: "CloudFrontEdge") -> Callable[..., None]:
    """Fetch a URL and fail unless its signature is refused: assert_denied(url, code=None, cookies=None)."""
    return cloudfront_edge.assert_denied


@dataclass(frozen=True, slots=True, repr=False)
class SignedDistribution:
    """A running distribution: viewers fetch at ``address``, and URLs are signed for ``site``.

    Both are the same, unless ``cloudfront_edge`` received a ``site``. ``signer`` signs for it. ``viewer_ip`` is the
    address that policies are checked against.
    """

    address: str
    site: str
    signer: CloudFrontSigner
    viewer_ip: str = "127.0.0.1"

    @property
    def settings(self) -> dict[str, Any]:
        """Settings for the application under test, by their names in Flask's configuration.

        ``app.config.update(distribution.settings)``. The private key is a ``PrivateKey``.
        """
        return {
            "CLOUDFRONT_SIGNER_BASE_URL": self.site,
            "CLOUDFRONT_SIGNER_KEY_PAIR_ID": self.signer.key_id,
            "CLOUDFRONT_SIGNER_PRIVATE_KEY": self.signer.rsa_signer,
        }

    def url(self, name: str) -> str:
        """Return the URL of an object, not signed."""
        return self._named.url(name)

    def sign_url(self, name: str, **terms: Any) -> str:
        """Sign the URL of an object, with the keyword arguments of ``CloudFrontSigner.sign_url``."""
        return self._named.sign_url(name, terms)

    def sign_cookies(self, pattern: str, **terms: Any) -> Mapping[str, str]:
        """Sign cookies for a path pattern, with the keyword arguments of ``CloudFrontSigner.sign_cookies``."""
        return self._named.sign_cookies(pattern, terms)

    @property
    def _named(self) -> Distribution:
        return Distribution(Settings(self.signer, self.site))

    def __repr__(self) -> str:
        return f"<SignedDistribution {self.site}{'' if self.site == self.address else f' at {self.address}'}>"


class CloudFrontEdge:
    """Starts distributions and asks them for URLs: the value of the fixture ``cloudfront_edge``."""

    def __init__(self, key: PrivateKey) -> None:
        self._signer = CloudFrontSigner(_KEY_PAIR_ID, key)
        self._keys = {_KEY_PAIR_ID: key.public_key()}
        self._verifier = Verifier(self._keys)
        self._stack = ExitStack()
        self._distributions: list[SignedDistribution] = []

    def __call__(
        self, origin: "str | PathLike[str] | Callable[..., Any]", *, site: str | None = None, **settings: Any
    ) -> SignedDistribution:
        """Serve an origin as a distribution whose paths all need a signature.

        Args:
            origin: A folder, ``http(s)://…``, or a WSGI or ASGI application, which is then served on another free port.
            site: The scheme and host that the application signs URLs for, such as ``https://media.example.com``. The
                default is the address of the edge.
            settings: ``open``, the path patterns that need no signature, and fields of
                ``cloudfront_signer.edge.Configuration``.

        Returns:
            The distribution, which accepts requests.

        Raises:
            CloudFrontSignerError: The origin or a setting is not valid.
        """
        __tracebackhide__ = True
        try:
            from cloudfront_signer.edge import Configuration, running
            from cloudfront_signer.edge.configuration import pretended, simple_behaviors
        except ModuleNotFoundError as missing:
            pytest.fail(str(missing_extra(missing, "cloudfront_edge", "edge")), pytrace=False)
        if callable(origin):
            from cloudfront_signer._application import serving

            origin = self._stack.enter_context(serving(origin))
        site = pretended(site)
        behaviors = tuple(simple_behaviors(fspath(origin), self._keys, tuple(settings.pop("open", ()))))
        configuration = Configuration(behaviors, pretend=site, **{"port": 0, **settings})
        address = self._stack.enter_context(running(configuration))
        viewer_ip = configuration.viewer_ip or "127.0.0.1"
        self._distributions.append(SignedDistribution(address, site or address, self._signer, viewer_ip))
        return self._distributions[-1]

    def __enter__(self) -> "CloudFrontEdge":
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def assert_allowed(self, url: str, cookies: _Cookies = None) -> None:
        """Fetch a URL and fail unless it is served.

        Args:
            url: The URL, for the site of one of the distributions of this test.
            cookies: A mapping of names to values, or the value of the Cookie header.
        """
        __tracebackhide__ = True
        distribution = self._distribution_of(url)
        answer = _fetch(distribution, url, cookies)
        if not answer.is_success:
            pytest.fail(f"expected to be allowed: {self._story(distribution, url, cookies, answer)}")

    def assert_denied(self, url: str, code: str | None = None, cookies: _Cookies = None) -> None:
        """Fetch a URL and fail unless its signature is refused.

        Args:
            url: The URL, for the site of one of the distributions of this test.
            code: The expected error code, such as "AccessDenied" or "MissingKey"; None for any.
            cookies: A mapping of names to values, or the value of the Cookie header.
        """
        __tracebackhide__ = True
        distribution = self._distribution_of(url)
        answer = _fetch(distribution, url, cookies)
        if _REASON not in answer.headers or code not in (None, _code(answer)):
            expected = "expected to be denied" if code is None else f"expected to be denied with {code}"
            pytest.fail(f"{expected}: {self._story(distribution, url, cookies, answer)}")

    def _distribution_of(self, url: str) -> SignedDistribution:
        __tracebackhide__ = True
        for distribution in self._distributions:
            if url == distribution.site or url.startswith(f"{distribution.site}/"):
                return distribution
        sites = ", ".join(one.site for one in self._distributions) or "none was started: call cloudfront_edge(folder)"
        pytest.fail(f"{excerpt(url)} is of no distribution of this test ({sites})")

    def _story(self, distribution: SignedDistribution, url: str, cookies: _Cookies, answer: "httpx.Response") -> str:
        """What was asked for, what came back, and what is wrong with it, without whole signatures."""
        code, viewer = _code(answer), distribution.viewer_ip
        lines = [f"{excerpt(url)} was answered with {answer.status_code}{f' {code}' if code else ''}"]
        decision = self._verifier.check(url, cookies=cookies, ip_address=viewer)
        if _REASON in answer.headers and decision.via == "cookies":
            found = inspect(cookies or "")
            lines.append(str(found.diagnose(self._verifier, request=url, cookies=cookies, ip_address=viewer)))
        elif not answer.is_success:
            mistakes = explain_answer(url, answer.status_code, answer.text, verifier=self._verifier, ip_address=viewer)
            lines += [f"  wrong      {one.found}\n  right      {one.advice}" for one in mistakes]
        elif decision.allowed:
            credentials = url if decision.via == "url" else cookies or ""
            lines += [f"  {label:<10} {text}" for label, text in inspect(credentials).rows()]
        else:
            lines.append("  the path needs no signature on this distribution")
        return "\n".join(lines)


def _fetch(distribution: SignedDistribution, url: str, cookies: _Cookies) -> "httpx.Response":
    import httpx

    if isinstance(cookies, Mapping):
        cookies = "; ".join(f"{name}={value}" for name, value in cookies.items())
    headers = {} if cookies is None else {"Cookie": cookies}
    with httpx.Client(trust_env=False, timeout=30) as client:
        return client.get(distribution.address + url.removeprefix(distribution.site), headers=headers)


def _code(answer: "httpx.Response") -> str | None:
    """The error code in the body, as CloudFront and S3 send it."""
    return answer.text.partition("<Code>")[2].partition("</Code>")[0] or None if answer.is_error else None
