"""``edge``: serve content locally as a distribution would (extra ``[edge]``)."""

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from cloudfront_signer import CloudFrontSignerError, InvalidKeyError, PublicKey
from cloudfront_signer._native import excerpt, mask_secrets
from cloudfront_signer.cli.options import Endpoint, checked_port
from cloudfront_signer.cli.output import tell

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient

    from cloudfront_signer.edge import Configuration


class _LogForm(StrEnum):
    TEXT = "text"
    JSON = "json"


def edge(
    origin: Annotated[
        str | None,
        typer.Option(
            metavar="PATH|URL",
            help="Where content comes from: a folder, http://… or s3://bucket/prefix (needs the [aws] extra).",
        ),
    ] = None,
    public_key: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID=FILE", help="A trusted public key. Repeatable. Without any, no signature is required."
        ),
    ] = None,
    open_pattern: Annotated[
        list[str] | None,
        typer.Option("--open", metavar="PATTERN", help="A path pattern that needs no signature. Repeatable."),
    ] = None,
    config: Annotated[Path | None, typer.Option(help="Read the configuration from a TOML file.")] = None,
    distribution: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Copy the configuration of this distribution (needs the [aws] extra)."),
    ] = None,
    endpoint_url: Endpoint = None,
    pretend: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="URL",
            help="Verify requests as if sent to this URL, so that URLs signed for production are accepted.",
        ),
    ] = None,
    host: Annotated[str | None, typer.Option(help="The address to listen on. Default: 127.0.0.1.")] = None,
    port: Annotated[
        int | None, typer.Option(callback=checked_port, help="The port; 0 picks a free one. Default: 8080.")
    ] = None,
    viewer_ip: Annotated[str | None, typer.Option(help="Treat every request as coming from this IP address.")] = None,
    timeout: Annotated[float | None, typer.Option(help="The origin response timeout in seconds. Default: 30.")] = None,
    cors_origin: Annotated[
        list[str] | None, typer.Option(help="Allow scripts from this origin to read responses. Repeatable.")
    ] = None,
    list_bucket: Annotated[
        bool,
        typer.Option(
            "--list-bucket", help="Return 404, not 403, for missing files, as a bucket with s3:ListBucket does."
        ),
    ] = False,
    allow_download_names: Annotated[
        bool,
        typer.Option(
            "--allow-download-names", help="Honour response-content-disposition and response-content-type, as S3 does."
        ),
    ] = False,
    sign_manifests: Annotated[
        bool,
        typer.Option(
            "--sign-manifests",
            help="Sign the URIs in HLS and DASH manifests with the signature of the viewer's URL, if it has a custom "
            "policy.",
        ),
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Omit the X-Signer-Reason header.")] = False,
    log: Annotated[_LogForm, typer.Option(help="The format of the request log on standard error.")] = _LogForm.TEXT,
) -> None:
    """Serve content locally as a CloudFront distribution would. For development only."""
    from cloudfront_signer.edge.log import Log
    from cloudfront_signer.edge.server import serve

    if sum(given is not None for given in (origin, config, distribution)) != 1:
        raise typer.BadParameter("give one of --origin, --config and --distribution")
    keys = _public_keys(public_key or [])
    if config is not None and (keys or open_pattern):
        raise typer.BadParameter("--config excludes --public-key and --open: set them in the file")
    settings = {
        "pretend": _pretended(pretend),
        "host": host,
        "port": port,
        "viewer_ip": viewer_ip,
        "timeout": timeout,
        "cors_origins": tuple(cors_origin) if cors_origin else None,
        "strict": strict or None,
        "list_bucket": list_bucket or None,
        "allow_download_names": allow_download_names or None,
        "sign_manifests": sign_manifests or None,
        "endpoint_url": endpoint_url,
    }
    given = {name: value for name, value in settings.items() if value is not None}
    configuration = _configuration(origin, config, distribution, keys, tuple(open_pattern or ()), given)
    tell("cloudfront-signer: a local edge for development, not CloudFront: do not expose it")
    if all(behavior.public_keys is None for behavior in configuration.behaviors):
        tell("cloudfront-signer: no public key given: no signature is required")
    serve(configuration, Log(as_json=log is _LogForm.JSON))


def _configuration(
    origin: str | None,
    config: Path | None,
    distribution: str | None,
    keys: dict[str, PublicKey],
    open_patterns: tuple[str, ...],
    given: dict[str, Any],
) -> "Configuration":
    from cloudfront_signer.edge.configuration import Configuration, simple_behaviors
    from cloudfront_signer.edge.configuration_file import read_toml

    if config is not None:
        return replace(read_toml(config), **given)
    if distribution is not None:
        return _read_distribution(distribution, given)
    behaviors = simple_behaviors(origin or "", keys, open_patterns)
    return Configuration(behaviors=tuple(behaviors), **given)


def _read_distribution(distribution: str, given: dict[str, Any]) -> "Configuration":
    import botocore.exceptions
    import botocore.session

    from cloudfront_signer.edge.distribution import read_distribution

    session = botocore.session.get_session()
    try:
        client = session.create_client("cloudfront", "us-east-1", endpoint_url=given.get("endpoint_url"))
    except (ValueError, botocore.exceptions.BotoCoreError) as error:
        raise CloudFrontSignerError(f"--endpoint-url: {mask_secrets(str(error))}") from None
    try:
        return read_distribution(cast("CloudFrontClient", client), distribution, **given)
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        raise CloudFrontSignerError(f"distribution {distribution}: {error}") from None


def _public_keys(given: list[str]) -> dict[str, PublicKey]:
    keys: dict[str, PublicKey] = {}
    for key_id, key in map(_public_key, given):
        if key_id in keys:
            raise InvalidKeyError(f"{excerpt(key_id)} is given twice: each key has a different ID")
        keys[key_id] = key
    return keys


def _public_key(given: str) -> tuple[str, PublicKey]:
    key_id, separator, path = given.partition("=")
    if not separator or not key_id or not path:
        raise InvalidKeyError(f"{excerpt(given)}: expected ID=FILE, such as K2JCJMDEHXQW5F=public.pem")
    return key_id, PublicKey.from_file(path.removeprefix("file://"))


def _pretended(url: str | None) -> str | None:
    from cloudfront_signer.edge.configuration import pretended

    return pretended(url)
