"""What ``hls`` and ``dash`` share: their options, and where a manifest comes from and goes to."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from cloudfront_signer import CloudFrontSignerError
from cloudfront_signer._atomic_file import replacing, translated
from cloudfront_signer._native import excerpt
from cloudfront_signer._text import MaskedRepr
from cloudfront_signer.cli.input import standard_input
from cloudfront_signer.cli.output import result_bytes
from cloudfront_signer.cli.private_key import STANDARD_INPUT
from cloudfront_signer.cli.signing import Address, After, HashAlgorithm, PassphraseFile, conditions, open_signer
from cloudfront_signer.cli.times import FORMATS, Time, parse_time
from cloudfront_signer.manifest import sign_hls

Source = Annotated[
    str, typer.Argument(metavar="FILE|URL", help="The manifest: a file, an http(s) URL, or - for standard input.")
]

# In seconds: for each operation on the network, and for the whole manifest.
_TIMEOUT = 10.0
_LONGEST_FETCH = 60.0
# In bytes. A manifest of a million segments is smaller.
_LARGEST_FETCH = 64 << 20


@dataclass(frozen=True, slots=True, repr=False)
class Signing(MaskedRepr):
    """How a manifest is signed, and where it goes: an option group."""

    base_url: Annotated[
        str | None,
        typer.Option(help="The URL of the manifest at CloudFront. Default: the URL that it is fetched from."),
    ] = None
    key_pair_id: Annotated[
        str | None, typer.Option(help="The ID of the public key in CloudFront, or of a legacy key pair.")
    ] = None
    private_key: Annotated[
        str | None,
        typer.Option(help="The private key: a path, file://PATH, PEM text, or - for standard input."),
    ] = None
    date_less_than: Annotated[Time | None, typer.Option(parser=parse_time, help=f"When access ends: {FORMATS}.")] = None
    date_greater_than: After = None
    ip_address: Address = None
    policy_resource: Annotated[
        str | None,
        typer.Option(help="The resource that the policy covers, which ends in *. Default: the folder of the manifest."),
    ] = None
    each_uri: Annotated[
        bool, typer.Option("--each-uri", help="Sign a policy for each URI, instead of one for all.")
    ] = False
    static: Annotated[
        bool,
        typer.Option(
            "--static",
            help="Write a manifest that is the same for all viewers: players take the signature from its URL. "
            "Needs no key.",
        ),
    ] = False
    host: Annotated[
        list[str] | None, typer.Option(metavar="HOST", help="Another host whose URIs are signed. Repeatable.")
    ] = None
    absolute: Annotated[
        bool, typer.Option("--absolute", help="Write signed URIs as absolute URLs, to serve the manifest elsewhere.")
    ] = False
    hash_algorithm: HashAlgorithm = None
    passphrase_file: PassphraseFile = None
    output: Annotated[Path | None, typer.Option(help="The file to write. Default: standard output.")] = None

    def run(self, source: str, sign: Callable[..., bytes], **more: Any) -> None:
        """Read the manifest, sign it with ``sign_hls`` or ``sign_dash``, and write it."""
        arguments = {**self._arguments(source, static_takes_key_id=sign is sign_hls), **more}
        if self.output is not None and self.output.is_dir():
            raise CloudFrontSignerError(f"{excerpt(str(self.output))} is a folder: expected the name of a file")
        manifest = read(source)
        signed = sign(manifest.text, base_url=self._base_url(manifest), **arguments)
        if self.output is None:
            result_bytes(signed)
            return
        with translated(CloudFrontSignerError, self.output), replacing(self.output) as temporary:
            temporary.write_bytes(signed)

    def _base_url(self, manifest: "Manifest") -> str:
        base_url = self.base_url or manifest.url
        if base_url is None:
            raise typer.BadParameter("give --base-url: the URL of the manifest at CloudFront")
        return base_url

    def _arguments(self, source: str, *, static_takes_key_id: bool) -> dict[str, Any]:
        shared: dict[str, Any] = {"hosts": self.host or (), "absolute": self.absolute}
        if self.static:
            needless = {
                "--key-pair-id": None if static_takes_key_id else self.key_pair_id,
                "--private-key": self.private_key,
                "--date-less-than": self.date_less_than,
                "--date-greater-than": self.date_greater_than,
                "--ip-address": self.ip_address,
                "--policy-resource": self.policy_resource,
                "--each-uri": self.each_uri or None,
            }
            if given := [name for name, value in needless.items() if value is not None]:
                raise typer.BadParameter(f"--static makes no signature: leave out {' and '.join(given)}")
            # Without a key to ask, the default is that of RSA keys.
            written_out = {} if self.key_pair_id is None else {"key_id": self.key_pair_id}
            return shared | written_out | {"mode": "query", "hash_algorithm": self.hash_algorithm or "SHA1"}
        if self.key_pair_id is None or self.private_key is None or self.date_less_than is None:
            raise typer.BadParameter("give --key-pair-id, --private-key and --date-less-than, or --static")
        if source == self.private_key == STANDARD_INPUT:
            raise typer.BadParameter("standard input cannot be both --private-key and the manifest: give one as a file")
        terms = conditions(self.date_less_than, self.date_greater_than, self.ip_address)
        if self.policy_resource is not None:
            terms["resource"] = self.policy_resource
        signer = open_signer(self.key_pair_id, self.private_key, self.passphrase_file, self.hash_algorithm)
        return shared | terms | {"signer": signer, "scope": "uri" if self.each_uri else "presentation"}


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest, and the URL that it was fetched from."""

    text: bytes = field(repr=False)
    url: str | None = None


def read(source: str) -> Manifest:
    """Read a manifest from a file, an http(s) URL, or ``-`` for standard input."""
    if source == STANDARD_INPUT:
        return Manifest(standard_input().read())
    if re.match("https?://", source, re.IGNORECASE):
        return _fetch(source)
    with translated(CloudFrontSignerError, source, "expected a file, an http(s) URL, or - for standard input"):
        try:
            return Manifest(Path(source).read_bytes())
        except ValueError:
            raise CloudFrontSignerError(f"{excerpt(source)}: expected a file, an http(s) URL, or -") from None


def _fetch(url: str) -> Manifest:
    """GET a manifest, within limits of time and size. Redirects are followed: URIs are relative to the last URL."""
    import httpx

    deadline = time.monotonic() + _LONGEST_FETCH
    text = bytearray()
    try:
        with httpx.stream("GET", url, timeout=_TIMEOUT, follow_redirects=True) as answer:
            if answer.status_code != httpx.codes.OK:
                raise CloudFrontSignerError(f"{excerpt(url)}: expected the manifest, got status {answer.status_code}")
            for chunk in answer.iter_bytes():
                text += chunk
                if len(text) > _LARGEST_FETCH:
                    raise CloudFrontSignerError(f"{excerpt(url)}: more than {_LARGEST_FETCH >> 20} MiB: not a manifest")
                if time.monotonic() > deadline:
                    raise CloudFrontSignerError(f"{excerpt(url)}: not complete after {_LONGEST_FETCH:.0f} s")
            return Manifest(bytes(text), str(answer.url))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        problem = excerpt(str(error) or type(error).__name__, url)
        raise CloudFrontSignerError(f"{excerpt(url)}: {problem}") from None
