"""Manifests on their way to a bucket: the same for all viewers, and signed by the URL of the manifest."""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from cloudfront_signer import CloudFrontSignerError, PrivateKey, quote_path
from cloudfront_signer._atomic_file import translated
from cloudfront_signer._native import excerpt
from cloudfront_signer.aws.errors import SetupError
from cloudfront_signer.manifest import sign_dash, sign_hls

_SIGN = {".m3u8": sign_hls, ".mpd": sign_dash}


def static_manifests(files: Iterable[tuple[Path, str]], host: str, private_key: Path) -> dict[Path, bytes]:
    """The static form of each manifest among the files. Raises SetupError if one is damaged, or is static already.

    ``host`` is the name of the distribution, whose absolute URLs are signed, too. The manifests refer to the parameters
    of signatures that the key makes by default.
    """
    hash_algorithm = _hash_of(private_key)
    made = {}
    for path, key in files:
        sign = _SIGN.get(path.suffix.lower())
        if sign is None:
            continue
        with translated(SetupError, path):
            text = path.read_bytes()
        try:
            base_url = f"https://{host}/{quote_path(key)}"
            made[path] = sign(text, base_url=base_url, mode="query", hash_algorithm=hash_algorithm)
        except CloudFrontSignerError as error:
            raise SetupError(f"{excerpt(str(path))}: {error}") from None
    return made


def _hash_of(private_key: Path) -> Literal["SHA1", "SHA256"]:
    """The default hash of a key; one that does not exist yet will be an RSA key."""
    with translated(SetupError, private_key):
        exists = private_key.exists()
    return "SHA256" if exists and PrivateKey.from_file(private_key).kind == "ecdsa-p256" else "SHA1"
