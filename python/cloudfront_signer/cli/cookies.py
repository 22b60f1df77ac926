"""``cookies``: the ``Set-Cookie`` headers that grant access."""

from typing import Annotated

import typer

from cloudfront_signer.cli.options import Json
from cloudfront_signer.cli.output import json_line, result
from cloudfront_signer.cli.signing import (
    Address,
    After,
    HashAlgorithm,
    KeyPairId,
    PassphraseFile,
    PrivateKeyText,
    Until,
    conditions,
    open_signer,
)


def cookies(
    resource: Annotated[
        str, typer.Option(help="The resource that the cookies cover, for example https://HOST/videos/*.")
    ],
    key_pair_id: KeyPairId,
    private_key: PrivateKeyText,
    date_less_than: Until,
    date_greater_than: After = None,
    ip_address: Address = None,
    hash_algorithm: HashAlgorithm = None,
    domain: Annotated[str | None, typer.Option(help="The Domain attribute.")] = None,
    path: Annotated[str, typer.Option(help="The Path attribute.")] = "/",
    passphrase_file: PassphraseFile = None,
    as_json: Json = False,
) -> None:
    """Print the Set-Cookie headers, one per line.

    With --json, print one object that maps cookie names to values.
    """
    terms = conditions(date_less_than, date_greater_than, ip_address)
    signer = open_signer(key_pair_id, private_key, passphrase_file, hash_algorithm)
    signed = signer.sign_cookies(resource, **terms)
    if as_json:
        result(json_line(dict(signed)))
        return
    for header in signed.headers(domain, path):
        result(f"Set-Cookie: {header}")
