"""``keygen``: a key pair, both files or neither."""

import os
from pathlib import Path
from typing import Annotated

import typer

from cloudfront_signer import InvalidKeyError, PrivateKey
from cloudfront_signer._atomic_file import translated, write_together
from cloudfront_signer._native import excerpt
from cloudfront_signer.cli.output import tell
from cloudfront_signer.cli.private_key import given_passphrase, new_passphrase


def keygen(
    out: Annotated[Path, typer.Option(help="The private key file, written with mode 0600.")],
    public_out: Annotated[
        Path | None, typer.Option(help="The public key file. Default: NAME.pub.pem next to the private key.")
    ] = None,
    kind: Annotated[
        str, typer.Option(help="The key type: rsa-2048 or ecdsa-p256 (faster to sign, shorter URLs).")
    ] = "rsa-2048",
    encrypt: Annotated[bool, typer.Option(help="Prompt for a passphrase and encrypt the private key.")] = False,
    passphrase_file: Annotated[
        Path | None, typer.Option(help="Encrypt with the passphrase on the first line of this file.")
    ] = None,
    force: Annotated[bool, typer.Option(help="Overwrite existing files.")] = False,
) -> None:
    """Generate a key pair: a private key for signing and a public key to upload to CloudFront."""
    public = public_out or out.parent / f"{out.stem}.pub.pem"
    _check_names(out, public, replace=force)
    passphrase = given_passphrase(passphrase_file)
    if encrypt and passphrase is None:
        passphrase = new_passphrase()
    key = PrivateKey.generate(kind)  # type: ignore[arg-type]  # any text: the library says which kinds there are
    pair = [(out, key.to_pem(passphrase), 0o600), (public, key.public_key().to_pem(), 0o644)]
    with translated(InvalidKeyError):
        write_together(pair, replace=force)
    tell(f"private key: {out}\npublic key: {public} (upload it to CloudFront; its ID there is the key pair ID)")


def _check_names(private: Path, public: Path, *, replace: bool) -> None:
    """Reject unusable file names before a key is generated."""
    for path in (private, public):
        shown = excerpt(str(path))
        if not path.name or os.path.isdir(path):
            raise InvalidKeyError(f"{shown} is a folder: expected the name of a file, such as private_key.pem")
        # Path.exists would raise an error that quotes the whole path if that is too long.
        if os.path.lexists(path) and not replace:
            raise InvalidKeyError(f"{shown} already exists: choose another name, or --force to overwrite it")
    if os.path.realpath(private) == os.path.realpath(public):
        raise InvalidKeyError(f"{excerpt(str(public))}: expected another file than the private key's")
