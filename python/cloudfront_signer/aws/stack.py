"""All steps in one run: ``up`` creates what is missing, ``status`` shows what exists.

Existing resources are found, and distinguished from those that a run of this state file created (``ownership``). The
state file is written before and after each step: a run that was stopped at any point resumes if run again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cloudfront_signer._text import MaskedRepr
from cloudfront_signer.aws import (
    bucket,
    bucket_policy,
    distribution,
    keys,
    origin_access,
    policies,
    rotation,
    state,
    static_manifests,
)
from cloudfront_signer.aws.api import Clients, check_account, clients
from cloudfront_signer.aws.distribution_config import CACHING_OPTIMIZED, build_config
from cloudfront_signer.aws.errors import SetupError
from cloudfront_signer.aws.options import Options
from cloudfront_signer.aws.ownership import Found, Ledger, words
from cloudfront_signer.aws.progress import Event, Kind, Progress, quiet
from cloudfront_signer.aws.state import State, stack_name

if TYPE_CHECKING:
    from boto3.session import Session
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_s3 import S3Client

_DEFAULT_KEY = Path("private_key.pem")


@dataclass(frozen=True, slots=True, repr=False)
class Settings(MaskedRepr):
    """What to set up. The names of all resources derive from the bucket's.

    ``private_key``: the private key file, created if missing; None for the one in the state file, or
    ``private_key.pem`` for a new stack. ``interval``: seconds between checks whether a distribution is deployed.
    ``static_manifests``: HLS playlists and MPDs among the uploaded files take the signature from their own URL, so
    that they are the same for all viewers. ``update``: change existing resources that differ, instead of raising an
    error that names them.
    """

    bucket: str
    state_path: Path
    private_key: Path | None = None
    upload: Path | None = None
    interval: float = 20.0
    wait: bool = True
    options: Options = field(default_factory=Options)
    update: bool = False
    static_manifests: bool = False

    def __post_init__(self) -> None:
        """Check the name before anything is created. Raises SetupError."""
        bucket.check_name(self.bucket)
        if self.static_manifests and self.upload is None:
            raise SetupError("--static-manifests concerns uploaded files: give --upload, too")

    @property
    def name(self) -> str:
        """The name of the resources in the account."""
        return stack_name(self.bucket)


def plan(settings: Settings) -> list[str]:
    """What ``up`` would do, one line per step."""
    name, options = settings.name, settings.options
    steps = [f"bucket {settings.bucket}: create it if missing, block public access"]
    if settings.upload is not None:
        form = ", manifests in static form" if settings.static_manifests else ""
        steps.append(f"upload {len(bucket.files_of(settings.upload))} files of {settings.upload}{form}")
    key = settings.private_key or _DEFAULT_KEY
    kinds = " and ".join(f"{name} {kind}" for kind in options.kinds)
    return [
        *steps,
        f"origin access control {name}: create it if missing",
        f"key pair: {key} (mode 0600, created if missing); public key {name}-…, key group {name}",
        *([f"cache policy {name}: forward download names to S3"] if options.allow_download_names else []),
        *([f"response headers policy {name}: CORS with credentials"] if options.cors_origins else []),
        f"distribution {kinds}: create if missing",
        "bucket policy: allow it to read, keep other statements",
        *(["wait until it is deployed"] if settings.wait else []),
        *(f"note: {note}" for note in options.notes()),
    ]


def up(session: "Session", settings: Settings, progress: Progress = quiet, *, endpoint_url: str | None = None) -> State:
    """Create what is missing. Raises SetupError; run it again to resume."""
    with state.locked(settings.state_path):
        made = clients(session, endpoint_url)
        ledger = Ledger(_begin(settings, made), settings.state_path, progress)
        for step in _steps(ledger, settings, made):
            step()
        for note in settings.options.notes():
            progress(Event(Kind.NOTE, note))
        if settings.wait:
            for one in ledger.state.distributions.values():
                distribution.wait_until_deployed(made.cloudfront, one, interval=settings.interval, progress=progress)
        return ledger.state


def _begin(settings: Settings, made: Clients) -> State:
    """The recorded state. Raises SetupError if it belongs to another account or bucket."""
    stack = state.load(settings.state_path)
    if stack is None:
        return State(name=settings.name, account=made.account, region=made.s3.meta.region_name)
    check_account(stack, made.account, settings.state_path)
    if stack.name != settings.name:
        raise SetupError(
            f"{settings.state_path}: it belongs to {stack.name}: give another --state for {settings.bucket}"
        )
    if settings.private_key is not None and stack.private_key not in ("", str(settings.private_key)):
        raise SetupError(
            f"{settings.private_key}: this stack signs with {stack.private_key}: omit --private-key, "
            "or rotate keys with `cloudfront-signer aws rotate`"
        )
    return stack


def _steps(ledger: Ledger, settings: Settings, made: Clients) -> Iterator[Callable[[], None]]:
    """The steps in order."""
    yield lambda: _bucket(ledger, settings, made.s3)
    yield lambda: _control(ledger, made.cloudfront)
    yield lambda: _keys(ledger, settings, made.cloudfront)
    yield lambda: _policies(ledger, settings, made.cloudfront)
    for kind in settings.options.kinds:
        yield lambda kind=kind: _distribution(ledger, settings, made, kind)  # type: ignore[misc]
    yield lambda: _bucket_policy(ledger, settings, made.s3)


def _bucket(ledger: Ledger, settings: Settings, s3: "S3Client") -> None:
    stack, name = ledger.state, settings.bucket
    there = [Found(name, bucket.mark_of(s3, name))] if bucket.is_there(s3, name) else []
    made = ledger.ensure("bucket", there, lambda: bucket.create_bucket(s3, name, stack.mark), id_proves=False)
    if bucket.close_bucket(s3, name) and not made and not stack.is_ours("bucket"):
        ledger.say(Kind.CLOSED, f"bucket {name} did not block public access: it does now, and `down` keeps it so")
    if settings.upload is not None:
        files = bucket.files_of(settings.upload)
        rewritten = _rewritten(stack, settings, files, s3) if settings.static_manifests else {}
        keys_now = bucket.upload(s3, name, files, rewritten=rewritten)
        stack.uploaded = list(dict.fromkeys([*stack.uploaded, *keys_now]))
        ledger.say(Kind.UPLOADED, f"uploaded {len(keys_now)} files")


def _rewritten(stack: State, settings: Settings, files: list[tuple[Path, str]], s3: "S3Client") -> dict[Path, bytes]:
    """Manifests in the form in which they are uploaded."""
    host = settings.options.domain or stack.domain_names.get("signed") or bucket.domain_name(s3, settings.bucket)
    private_key = Path(stack.private_key or settings.private_key or _DEFAULT_KEY)
    return static_manifests.static_manifests(files, host, private_key)


def _control(ledger: Ledger, cloudfront: "CloudFrontClient") -> None:
    name = origin_access.control_name(ledger.state.name)
    ledger.ensure(
        "origin_access_control",
        origin_access.find_origin_access_controls(cloudfront, name, ledger.state.origin_access_control),
        lambda: origin_access.create_origin_access_control(cloudfront, name, ledger.state.mark),
    )


def _keys(ledger: Ledger, settings: Settings, cloudfront: "CloudFrontClient") -> None:
    """Trust the current and the next key, and no other."""
    stack = ledger.state
    if not stack.private_key:
        stack.private_key = str(settings.private_key or _DEFAULT_KEY)
        ledger.save()
    rotation.ensure_key(ledger, cloudfront, "public_key", Path(stack.private_key))
    if stack.next_private_key:
        rotation.ensure_key(ledger, cloudfront, "next_public_key", Path(stack.next_private_key))
    ledger.ensure(
        "key_group",
        keys.find_key_groups(cloudfront, stack.name, stack.key_group),
        lambda: keys.create_key_group(cloudfront, stack.name, rotation.trusted(stack), stack.mark),
    )
    rotation.trust(ledger, cloudfront)


def _policies(ledger: Ledger, settings: Settings, cloudfront: "CloudFrontClient") -> None:
    stack, options = ledger.state, settings.options
    if options.allow_download_names:
        ledger.ensure(
            "cache_policy",
            policies.find_cache_policies(cloudfront, stack.name, stack.cache_policy),
            lambda: policies.create_cache_policy(cloudfront, stack.name, stack.mark),
        )
    if options.cors_origins:
        ledger.ensure(
            "response_headers_policy",
            policies.find_response_headers_policies(cloudfront, stack.name, stack.response_headers_policy),
            lambda: policies.create_response_headers_policy(cloudfront, stack.name, stack.mark, options.cors_origins),
        )
        policy = stack.response_headers_policy
        policies.settle_cors(cloudfront, policy, options.cors_origins, update=settings.update)


def _distribution(ledger: Ledger, settings: Settings, made: Clients, kind: str) -> None:
    stack, options = ledger.state, settings.options
    signed = kind == "signed"
    config = build_config(
        reference=f"{stack.name}-{kind}-{stack.token}",
        comment=f"{stack.name} {kind}",
        bucket_domain=bucket.domain_name(made.s3, settings.bucket),
        origin_access_control=stack.origin_access_control,
        key_groups=[stack.key_group] if signed else [],
        open_paths=options.open_paths if signed else [],
        aliases=[options.domain] if signed and options.domain else [],
        certificate=options.certificate if signed else None,
        default_root_object=options.root_object,
        cache_policy=stack.cache_policy if options.allow_download_names else CACHING_OPTIMIZED,
        response_headers_policy=stack.response_headers_policy if options.cors_origins else None,
    )
    ledger.ensure(
        kind,
        distribution.find_distributions(made.cloudfront, config["Comment"], stack.id_of(kind)),
        lambda: distribution.create_distribution(made.cloudfront, config),
    )
    now = distribution.settle(made.cloudfront, stack.id_of(kind), config, update=settings.update)
    # Applications sign for the name that viewers request.
    stack.domain_names[kind] = options.domain if signed and options.domain else now.domain_name
    ledger.say(Kind.READY, f"{kind} distribution {now.id} at {now.domain_name}")
    if signed and options.domain:
        text = f"point {options.domain} at {now.domain_name} (a CNAME, in Route 53 an alias)"
        ledger.progress(Event(Kind.DNS, text))


def _bucket_policy(ledger: Ledger, settings: Settings, s3: "S3Client") -> None:
    stack, options = ledger.state, settings.options
    # A distribution of an earlier run keeps its access until `down`: it may be in use.
    for kind in set(stack.distributions) - set(options.kinds):
        text = f"the {kind} distribution {stack.id_of(kind)} of an earlier run still exists"
        ledger.progress(Event(Kind.KEPT, text))
    partition = s3.meta.partition
    arns = [distribution.arn(partition, stack.account, one) for one in stack.distributions.values()]
    statement = bucket_policy.distribution_statement(settings.bucket, stack.sid, arns)
    bucket_policy.ensure_statement(s3, settings.bucket, statement)
    if options.list_bucket:
        listing = bucket_policy.list_statement(settings.bucket, f"{stack.sid}List", arns)
        bucket_policy.ensure_statement(s3, settings.bucket, listing)
    else:
        bucket_policy.remove_statement(s3, settings.bucket, f"{stack.sid}List")
    ledger.say(Kind.GRANTED, "bucket policy")


def status(session: "Session", stack: State, *, endpoint_url: str | None = None) -> list[tuple[str, str, str]]:
    """Every resource of a stack: what it is, its ID, and its current status."""
    cloudfront = clients(session, endpoint_url).cloudfront
    remarks_on = {
        "public_key": f"private key in {stack.private_key}",
        "next_public_key": f"private key in {stack.next_private_key}: also trusted, a rotation is in progress",
        "retired_public_key": "to be removed: resume with `rotate` or `up`",
    }
    rows = []
    for part in (
        "bucket",
        "origin_access_control",
        *remarks_on,
        "key_group",
        "cache_policy",
        "response_headers_policy",
    ):
        if stack.id_of(part):
            remarks = [remarks_on.get(part, ""), "" if stack.is_ours(part) else "existed before"]
            rows.append((words(part), stack.id_of(part), ", ".join(filter(None, remarks))))
    for kind, distribution_id in stack.distributions.items():
        now = distribution.read(cloudfront, distribution_id)
        seen = "missing" if now is None else f"{'deployed' if now.deployed else 'being deployed'} at {now.domain_name}"
        remarks = [seen, "" if stack.is_ours(kind) else "existed before"]
        rows.append((words(kind), distribution_id, ", ".join(filter(None, remarks))))
    return rows
