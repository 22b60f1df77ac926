"""Everything at once: ``up`` makes what is missing, ``status`` shows it, ``down`` removes what is ours.

Every step finds by name what is there already, and the state file is written after each one, so a run that was stopped
at any point is taken up again by running it again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudfront_signer._text import MaskedRepr
from cloudfront_signer.aws import bucket, distribution, keys, origin_access, state
from cloudfront_signer.aws.errors import SetupError, explained
from cloudfront_signer.aws.state import State

Progress = Callable[[str], None]

# The name of our statement in the bucket policy.
SID = "CloudFrontSigner"


@dataclass(frozen=True, slots=True, repr=False)
class Settings(MaskedRepr):
    """What is wanted: the bucket's name names everything else, too."""

    bucket: str
    state_path: Path
    private_key: Path
    upload: Path | None = None
    interval: float = 20.0
    wait: bool = True

    @property
    def name(self) -> str:
        """What the parts are called in the account."""
        return f"cloudfront-signer-{self.bucket}"


def _quiet(_line: str) -> None:
    return


def plan(settings: Settings) -> list[str]:
    """What ``up`` would do, in words."""
    name = settings.name
    steps = [f"bucket {settings.bucket}: create it if it is not there, block public access"]
    if settings.upload is not None:
        steps.append(f"upload {len(bucket.files_of(settings.upload))} files of {settings.upload}")
    return [
        *steps,
        f"origin access control {name}: create it if it is not there",
        f"key pair: {settings.private_key} (mode 0600, made if it is not there); public half {name}, key group {name}",
        f"distributions {name} open and {name} signed: create what is not there",
        "bucket policy: let both distributions read, leave other statements alone",
        *(["wait until both distributions are deployed"] if settings.wait else []),
    ]


def up(session: Any, settings: Settings, progress: Progress = _quiet, *, endpoint_url: str | None = None) -> State:
    """Make what is missing. Raises SetupError; run it again to go on from there."""
    s3, cloudfront = (session.client(name, endpoint_url=endpoint_url) for name in ("s3", "cloudfront"))
    stack = _begin(session, settings, s3, endpoint_url)
    for line in _steps(stack, settings, s3, cloudfront):
        stack.save(settings.state_path)
        progress(line)
    if settings.wait:
        for distribution_id in stack.distributions.values():
            distribution.wait_until_deployed(cloudfront, distribution_id, interval=settings.interval, progress=progress)
    return stack


def _begin(session: Any, settings: Settings, s3: Any, endpoint_url: str | None) -> State:
    """The state so far, if it is this account's and this bucket's."""
    with explained():
        account = str(session.client("sts", endpoint_url=endpoint_url).get_caller_identity()["Account"])
    stack = state.load(settings.state_path)
    if stack is None:
        return State(name=settings.name, account=account, region=s3.meta.region_name)
    _check_account(stack, account, settings.state_path)
    if stack.name != settings.name:
        raise SetupError(
            f"{settings.state_path}: it belongs to {stack.name}: give another --state for {settings.bucket}"
        )
    return stack


def _check_account(stack: State, account: str, path: Path) -> None:
    if stack.account != account:
        raise SetupError(
            f"{path}: it belongs to account {stack.account}, these credentials to {account}: check --profile"
        )


def _steps(stack: State, settings: Settings, s3: Any, cloudfront: Any) -> Iterator[str]:
    """One line after each step, when the state can be saved."""
    name = settings.name
    # Said before the bucket is made: were the run stopped in between, it would pass for somebody else's.
    if not stack.bucket:
        stack.bucket, stack.bucket_is_ours = settings.bucket, not _bucket_exists(s3, settings.bucket)
        yield f"bucket {settings.bucket}"
    bucket.ensure_bucket(s3, settings.bucket)
    if settings.upload is not None:
        stack.uploaded = bucket.upload(s3, settings.bucket, bucket.files_of(settings.upload))
        yield f"uploaded {len(stack.uploaded)} files"
    stack.origin_access_control = origin_access.ensure_origin_access_control(cloudfront, name)
    yield f"origin access control {stack.origin_access_control}"
    stack.private_key = str(settings.private_key)
    pem = keys.ensure_private_key(settings.private_key).public_key().to_pem()
    stack.public_key = keys.ensure_public_key(cloudfront, name, pem)
    yield f"public key {stack.public_key}, private key in {stack.private_key}"
    stack.key_group = keys.ensure_key_group(cloudfront, name, [stack.public_key])
    yield f"key group {stack.key_group}"
    arns = []
    for kind, groups in (("open", []), ("signed", [stack.key_group])):
        config = distribution.build_config(
            reference=f"{name}-{kind}",
            comment=f"{name} {kind}",
            bucket_domain=bucket.domain_name(s3, settings.bucket),
            origin_access_control=stack.origin_access_control,
            key_groups=groups,
        )
        made = distribution.ensure_distribution(cloudfront, config)
        stack.distributions[kind], stack.domain_names[kind] = made.id, made.domain_name
        arns.append(made.arn)
        yield f"{kind} distribution {made.id} at {made.domain_name}"
    origin_access.ensure_statement(
        s3, settings.bucket, origin_access.distribution_statement(settings.bucket, SID, arns)
    )
    yield "bucket policy"


def _bucket_exists(s3: Any, name: str) -> bool:
    with explained():
        return any(one["Name"] == name for one in s3.list_buckets()["Buckets"])


def status(session: Any, stack: State, *, endpoint_url: str | None = None) -> list[tuple[str, str, str]]:
    """Every part: what it is, its id, and how it is now."""
    cloudfront = session.client("cloudfront", endpoint_url=endpoint_url)
    rows = [
        ("bucket", stack.bucket, "ours" if stack.bucket_is_ours else "was there before"),
        ("origin access control", stack.origin_access_control, ""),
        ("public key", stack.public_key, f"private key in {stack.private_key}"),
        ("key group", stack.key_group, ""),
    ]
    for kind, distribution_id in stack.distributions.items():
        now = distribution.read(cloudfront, distribution_id)
        told = "gone" if now is None else f"{'deployed' if now.deployed else 'being deployed'} at {now.domain_name}"
        rows.append((f"{kind} distribution", distribution_id, told))
    return rows


def down(
    session: Any,
    state_path: Path,
    progress: Progress = _quiet,
    *,
    delete_content: bool = False,
    interval: float = 20.0,
    endpoint_url: str | None = None,
) -> None:
    """Remove what the state file says is ours, and the file at last; the private key's file stays.

    Raises SetupError; run it again to go on from there. The bucket's content goes with ``delete_content`` only.
    """
    stack = state.load(state_path)
    if stack is None:
        raise SetupError(f"{state_path}: no such file, so nothing is known to be ours")
    with explained():
        account = str(session.client("sts", endpoint_url=endpoint_url).get_caller_identity()["Account"])
    _check_account(stack, account, state_path)
    s3, cloudfront = (session.client(name, endpoint_url=endpoint_url) for name in ("s3", "cloudfront"))
    for line in _removals(stack, s3, cloudfront, delete_content=delete_content, interval=interval, progress=progress):
        stack.save(state_path)
        progress(line)
    state_path.unlink()


def _removals(
    stack: State, s3: Any, cloudfront: Any, *, delete_content: bool, interval: float, progress: Progress
) -> Iterator[str]:
    for kind, distribution_id in list(stack.distributions.items()):
        distribution.delete_distribution(cloudfront, distribution_id, interval=interval, progress=progress)
        del stack.distributions[kind]
        yield f"{kind} distribution {distribution_id} deleted"
    if stack.key_group:
        keys.delete_key_group(cloudfront, stack.key_group)
        stack.key_group = ""
        yield "key group deleted"
    if stack.public_key:
        keys.delete_public_key(cloudfront, stack.public_key)
        stack.public_key = ""
        yield "public key deleted"
    if stack.origin_access_control:
        origin_access.delete_origin_access_control(cloudfront, stack.origin_access_control)
        stack.origin_access_control = ""
        yield "origin access control deleted"
    if stack.bucket:
        origin_access.remove_statement(s3, stack.bucket, SID)
        yield "bucket policy: our statement removed"
        if stack.bucket_is_ours:
            if delete_content:
                yield f"{bucket.empty_bucket(s3, stack.bucket)} objects deleted"
            bucket.delete_bucket(s3, stack.bucket)
            yield f"bucket {stack.bucket} deleted"
        stack.bucket = ""
