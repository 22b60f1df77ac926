"""Steps 1 to 4 and 6 of the set-up, one command each; every one can be run again."""

from pathlib import Path
from typing import Annotated

import typer

from cloudfront_signer.cli.aws import legacy as guide
from cloudfront_signer.cli.aws.options import Bucket, Connection, Update, Upload, show_progress
from cloudfront_signer.cli.option_groups import option_groups
from cloudfront_signer.cli.output import result, tell, upload_progress

_Many = list[str] | None


@option_groups(connection=Connection)
def bucket(
    *,
    name: Annotated[str, typer.Argument(help="The name of the bucket.")],
    upload: Upload = None,
    connection: Connection,
) -> None:
    """Step 1: create a private bucket and upload content."""
    from cloudfront_signer.aws import bucket as step

    step.check_name(name)
    s3 = connection.s3()
    created = step.ensure_bucket(s3, name)
    tell(f"bucket {name}: {'created' if created else 'exists already'}, public access is blocked")
    if upload is None:
        return
    files = step.files_of(upload)
    with upload_progress(sum(path.stat().st_size for path, _ in files)) as advance:
        uploaded = step.upload(s3, name, files, advance)
    for key in uploaded:
        result(f"s3://{name}/{key}")


@option_groups(connection=Connection)
def origin_access(
    *,
    name: Annotated[str, typer.Argument(help="The name of the origin access control.")],
    legacy: Annotated[bool, typer.Option("--legacy", help="Create an origin access identity.")] = False,
    connection: Connection,
) -> None:
    """Step 2: create an origin access control and print its ID.

    With --legacy, create an origin access identity and print its ID and S3CanonicalUserId.
    """
    from cloudfront_signer.aws import origin_access as step

    cloudfront = connection.cloudfront()
    if legacy:
        guide.show_identity(cloudfront, name)
    else:
        result(step.ensure_origin_access_control(cloudfront, name))


@option_groups(connection=Connection)
def grant(
    *,
    bucket: Bucket,
    distribution: Annotated[
        _Many, typer.Option(metavar="ARN", help="A distribution that may read the bucket. Repeatable.")
    ] = None,
    legacy: Annotated[bool, typer.Option("--legacy", help="Grant READ by object ACLs.")] = False,
    canonical_user: Annotated[
        str | None, typer.Option(metavar="ID", help="With --legacy: the identity's S3CanonicalUserId.")
    ] = None,
    key: Annotated[_Many, typer.Option(help="With --legacy: an object key. Repeatable.")] = None,
    connection: Connection,
) -> None:
    """Step 3: allow distributions to read the bucket.

    With --legacy, grant READ on each object to an identity.
    """
    from cloudfront_signer.aws import bucket_policy as step

    s3 = connection.s3()
    if legacy:
        guide.grant_objects(s3, bucket, canonical_user, key or [])
        return
    if not distribution:
        raise typer.BadParameter("give --distribution ARN")
    step.ensure_statement(s3, bucket, step.distribution_statement(bucket, step.SID, distribution))
    tell(f"bucket {bucket}: its policy allows {len(distribution)} distributions to read")


@option_groups(connection=Connection)
def distribution(
    *,
    name: Annotated[
        str, typer.Argument(help="The comment and caller reference, by which a later run finds the distribution.")
    ],
    bucket: Bucket,
    origin_access_control: Annotated[str | None, typer.Option(metavar="ID", help="The ID that step 2 printed.")] = None,
    key_group: Annotated[
        _Many,
        typer.Option(metavar="ID", help="A trusted key group. Repeatable. Without any, no signature is required."),
    ] = None,
    open_path: Annotated[
        _Many, typer.Option(metavar="PATTERN", help="A path pattern that needs no signature. Repeatable.")
    ] = None,
    alias: Annotated[
        _Many, typer.Option(metavar="NAME", help="An alternate domain name. Requires --certificate. Repeatable.")
    ] = None,
    certificate: Annotated[str | None, typer.Option(metavar="ARN", help="An ACM certificate in us-east-1.")] = None,
    logging_bucket: Annotated[str | None, typer.Option(help="The bucket for access logs.")] = None,
    price_class: Annotated[
        str, typer.Option(help="The price class: PriceClass_100, PriceClass_200 or PriceClass_All.")
    ] = "PriceClass_All",
    default_root_object: Annotated[str, typer.Option(help="The object returned for /.")] = "",
    legacy: Annotated[
        bool, typer.Option("--legacy", help="Allow an origin access identity and trusted signers.")
    ] = False,
    identity: Annotated[
        str | None, typer.Option(metavar="ID", help="With --legacy: the origin access identity's ID.")
    ] = None,
    trusted_signer: Annotated[
        _Many, typer.Option(help="With --legacy: a trusted signer, self or an account number. Repeatable.")
    ] = None,
    streaming: Annotated[
        bool,
        typer.Option("--streaming", help="With --legacy: an RTMP distribution. CloudFront discontinued RTMP in 2020."),
    ] = False,
    multi_tenant: Annotated[
        bool,
        typer.Option("--multi-tenant", help="Create a multi-tenant distribution; domain names belong to its tenants."),
    ] = False,
    update: Update = False,
    wait: Annotated[bool, typer.Option(help="Wait until the distribution is deployed.")] = False,
    connection: Connection,
) -> None:
    """Step 4: create a distribution, signed or unsigned, and print its ID, ARN and domain name."""
    from cloudfront_signer.aws import bucket as storage
    from cloudfront_signer.aws import distribution as step
    from cloudfront_signer.aws.distribution_config import build_config

    cloudfront = connection.cloudfront()
    domain = storage.domain_name(connection.plain_s3(), bucket)
    if (identity or trusted_signer or streaming) and not legacy:
        raise typer.BadParameter("--identity, --trusted-signer and --streaming require --legacy")
    if streaming:
        made = guide.create_streaming(cloudfront, name, domain, identity, trusted_signer or [])
    else:
        config = build_config(
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
            made = step.wait_until_deployed(cloudfront, made.id, progress=show_progress)
    result(f"{made.id}\n{made.arn}\n{made.domain_name}")


@option_groups(connection=Connection)
def key(
    *,
    name: Annotated[str, typer.Argument(help="The name of the public key and of the key group.")],
    private_key: Annotated[
        Path, typer.Option(metavar="FILE", help="The private key file. Created with mode 0600 if it does not exist.")
    ],
    secret: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Also store the private key in Secrets Manager under this name."),
    ] = None,
    legacy: Annotated[
        bool, typer.Option("--legacy", help="Print the ID of a key pair that the root user created in the console.")
    ] = False,
    connection: Connection,
) -> None:
    """Step 6: create a key pair locally, upload the public key, and print the key pair ID and the key group ID."""
    from cloudfront_signer.aws import keys as step

    if legacy:
        guide.show_account_key(private_key)
        return
    cloudfront = connection.cloudfront()
    made = step.ensure_private_key(private_key)
    key_id = step.ensure_public_key(cloudfront, name, made.public_key().to_pem())
    result(f"{key_id}\n{step.ensure_key_group(cloudfront, name, [key_id])}")
    if secret is not None:
        arn = step.store_private_key(connection.secrets_manager(), secret, made.to_pem())
        tell(f"the private key is also stored in {arn}")
