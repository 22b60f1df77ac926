"""The steps of the set-up, a command each; every one can be run again."""

from pathlib import Path
from typing import Annotated, Any

import typer

from cloudfront_signer.cli.aws.options import (
    STATE,
    Bucket,
    Endpoint,
    Legacy,
    PrivateKeyFile,
    Profile,
    Region,
    State,
    Update,
    open_client,
    open_s3,
    open_session,
)
from cloudfront_signer.cli.output import tell

_Many = list[str] | None


def bucket(
    name: Annotated[str, typer.Argument(help="The bucket's name.")],
    upload: Annotated[Path | None, typer.Option(help="A file or folder to upload.")] = None,
    profile: Profile = None,
    region: Region = None,
    endpoint_url: Endpoint = None,
) -> None:
    """Step 1: make a bucket that is closed to the public, and upload content."""
    from cloudfront_signer.aws import bucket as step

    step.check_name(name)
    s3 = open_s3(profile, region, endpoint_url)
    created = step.ensure_bucket(s3, name)
    tell(f"bucket {name}: {'created' if created else 'was there already'}, public access is blocked")
    if upload is not None:
        for key in _upload(s3, name, step.files_of(upload)):
            print(f"s3://{name}/{key}")


def _upload(s3: Any, name: str, files: list[tuple[Path, str]]) -> list[str]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TransferSpeedColumn

    from cloudfront_signer.aws.bucket import upload

    terminal = Console(stderr=True)
    columns = ("Uploading", BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=terminal, transient=True, disable=not terminal.is_terminal) as progress:
        task = progress.add_task("", total=sum(path.stat().st_size for path, _ in files))
        return upload(s3, name, files, lambda count: progress.advance(task, count))


def origin_access(
    name: Annotated[str, typer.Argument(help="Its name.")],
    legacy: Legacy = False,
    profile: Profile = None,
    region: Region = None,
    endpoint_url: Endpoint = None,
) -> None:
    """Step 2: an origin access control; with --legacy an identity: prints its id (and its S3CanonicalUserId)."""
    from cloudfront_signer.aws import origin_access as step

    cloudfront = open_client("cloudfront", profile, region, endpoint_url)
    if legacy:
        identity = step.ensure_origin_access_identity(cloudfront, name)
        print(f"{identity.id}\n{identity.s3_canonical_user_id}")
    else:
        print(step.ensure_origin_access_control(cloudfront, name))


def grant(
    bucket: Bucket,
    distribution: Annotated[_Many, typer.Option(metavar="ARN", help="Who may read. May be given again.")] = None,
    legacy: Legacy = False,
    canonical_user: Annotated[
        str | None, typer.Option(metavar="ID", help="With --legacy: the identity's S3CanonicalUserId.")
    ] = None,
    key: Annotated[_Many, typer.Option(help="With --legacy: an object. May be given again.")] = None,
    profile: Profile = None,
    region: Region = None,
    endpoint_url: Endpoint = None,
) -> None:
    """Step 3: let distributions read the bucket; with --legacy grant READ on each object."""
    from cloudfront_signer.aws import origin_access as step
    from cloudfront_signer.aws.stack import SID

    s3 = open_s3(profile, region, endpoint_url)
    if legacy:
        if canonical_user is None or not key:
            raise typer.BadParameter("--legacy wants --canonical-user and --key")
        added = step.grant_objects(s3, bucket, step.Identity("", canonical_user), key)
        tell(f"{added} of {len(key)} objects got a READ grant; the others had it")
        return
    if not distribution:
        raise typer.BadParameter("give --distribution ARN")
    step.ensure_statement(s3, bucket, step.distribution_statement(bucket, SID, distribution))
    tell(f"bucket {bucket}: its policy lets {len(distribution)} distributions read")


def distribution(
    name: Annotated[str, typer.Argument(help="Its comment and caller reference: what it is found by again.")],
    bucket: Bucket,
    origin_access_control: Annotated[str | None, typer.Option(metavar="ID", help="As step 2 printed it.")] = None,
    key_group: Annotated[_Many, typer.Option(metavar="ID", help="Who signs; without one it is open.")] = None,
    open_path: Annotated[_Many, typer.Option(metavar="PATTERN", help="Stays open all the same.")] = None,
    alias: Annotated[_Many, typer.Option(metavar="NAME", help="Another domain name; needs --certificate.")] = None,
    certificate: Annotated[str | None, typer.Option(metavar="ARN", help="An ACM certificate in us-east-1.")] = None,
    logging_bucket: Annotated[str | None, typer.Option(help="Where access logs go.")] = None,
    price_class: Annotated[str, typer.Option(help="PriceClass_100, _200 or _All.")] = "PriceClass_All",
    default_root_object: Annotated[str, typer.Option(help="What / is.")] = "",
    legacy: Legacy = False,
    identity: Annotated[str | None, typer.Option(metavar="ID", help="With --legacy: the identity.")] = None,
    trusted_signer: Annotated[_Many, typer.Option(help="With --legacy: self, or an account number.")] = None,
    streaming: Annotated[bool, typer.Option("--streaming", help="With --legacy: RTMP, ended in 2020.")] = False,
    multi_tenant: Annotated[bool, typer.Option("--multi-tenant", help="Its tenants have the domain names.")] = False,
    update: Update = False,
    wait: Annotated[bool, typer.Option(help="Wait until it is deployed.")] = False,
    profile: Profile = None,
    region: Region = None,
    endpoint_url: Endpoint = None,
) -> None:
    """Step 4: a distribution, open or signed; prints its id, ARN and domain name."""
    from cloudfront_signer.aws import bucket as storage
    from cloudfront_signer.aws import distribution as step

    cloudfront = open_client("cloudfront", profile, region, endpoint_url)
    domain = storage.domain_name(open_client("s3", profile, region, endpoint_url), bucket)
    if (identity or trusted_signer or streaming) and not legacy:
        raise typer.BadParameter("--identity, --trusted-signer and --streaming are the guide's way: give --legacy too")
    if streaming:
        tell("AWS ended RTMP on 31 December 2020; use HLS or plain files behind a distribution with a key group")
        made = step.create_streaming_distribution(
            cloudfront,
            reference=name,
            comment=name,
            bucket_domain=domain,
            identity=identity or "",
            trusted_signers=trusted_signer or [],
        )
    else:
        config = step.build_config(
            reference=name,
            comment=name,
            bucket_domain=domain,
            origin_access_control=origin_access_control,
            identity=identity,
            key_groups=key_group or [],
            trusted_signers=trusted_signer or [],
            open_paths=open_path or [],
            aliases=alias or [],
            certificate=certificate,
            logging_bucket=logging_bucket,
            price_class=price_class,
            default_root_object=default_root_object,
            tenants=multi_tenant,
        )
        made = step.ensure_distribution(cloudfront, config, update=update)
        if wait:
            made = step.wait_until_deployed(cloudfront, made.id, progress=tell)
    print(f"{made.id}\n{made.arn}\n{made.domain_name}")


def key(
    name: Annotated[str, typer.Argument(help="What the public key and its group are called.")],
    private_key: PrivateKeyFile,
    secret: Annotated[str | None, typer.Option(metavar="NAME", help="Keep it in Secrets Manager, too.")] = None,
    legacy: Legacy = False,
    profile: Profile = None,
    region: Region = None,
    endpoint_url: Endpoint = None,
) -> None:
    """Step 6: make a key pair here, upload its public half; prints the key pair id and the key group's id."""
    from cloudfront_signer.aws import keys as step

    if legacy:
        tell("account keys are made by the account's root user in the console, under Security credentials")
        print(step.account_key_id(private_key))
        return
    cloudfront = open_client("cloudfront", profile, region, endpoint_url)
    made = step.ensure_private_key(private_key)
    key_id = step.ensure_public_key(cloudfront, name, made.public_key().to_pem())
    print(f"{key_id}\n{step.ensure_key_group(cloudfront, name, [key_id])}")
    if secret is not None:
        arn = step.store_private_key(
            open_client("secretsmanager", profile, region, endpoint_url), secret, made.to_pem()
        )
        tell(f"the private key is kept in {arn}, too")


def rotate(
    key_group: Annotated[
        str | None, typer.Argument(metavar="[GROUP]", help="The key group's id, without a state file.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Without a state file, to begin: the new public key's name.")] = None,
    private_key: Annotated[Path | None, typer.Option(help="To begin: the new key, made if it is not there.")] = None,
    remove: Annotated[str | None, typer.Option(metavar="ID", help="To end: the old key pair id.")] = None,
    state_path: State = STATE,
    profile: Profile = None,
    region: Region = None,
    endpoint_url: Endpoint = None,
) -> None:
    """Change keys: --private-key, then switch signers, wait until the old URLs have expired, then --remove."""
    from cloudfront_signer.aws import rotation, state

    if (private_key is None) == (remove is None):
        raise typer.BadParameter("give --private-key FILE to begin, or --remove ID to end")
    made = state.load(state_path)
    if key_group is not None and (made is None or made.key_group != key_group):
        _rotate_group(open_client("cloudfront", profile, region, endpoint_url), key_group, name, private_key, remove)
        return
    session = open_session(profile, region or (made.region if made else None))
    if remove is not None:
        rotation.end(session, state_path, remove, tell, endpoint_url=endpoint_url)
    elif private_key is not None:
        print(rotation.begin(session, state_path, private_key, tell, endpoint_url=endpoint_url))
        tell(_BOTH_TRUSTED)


_BOTH_TRUSTED = (
    "both keys are trusted: switch the signers, wait until what the old one signed has expired, then --remove it"
)


def _rotate_group(
    cloudfront: Any, key_group: str, name: str | None, private_key: Path | None, remove: str | None
) -> None:
    """The same for a key group that no state file knows."""
    from cloudfront_signer.aws import keys as step

    if remove is not None:
        step.end_rotation(cloudfront, key_group, remove)
        tell(f"{remove} is no longer trusted, and deleted")
        return
    if private_key is None or name is None:
        raise typer.BadParameter("give --name for the new public key, too")
    pem = step.ensure_private_key(private_key).public_key().to_pem()
    print(step.begin_rotation(cloudfront, key_group, name, pem))
    tell(_BOTH_TRUSTED)
