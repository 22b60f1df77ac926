"""Everything at once: ``up`` makes what is missing, ``status`` shows it.

What is there already is found, and told apart from what a run of this state file made (``ownership``). The state file
is written before and after each step, so a run that was stopped at any point is taken up again by running it again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cloudfront_signer._text import MaskedRepr
from cloudfront_signer.aws import bucket, distribution, keys, origin_access, policies, rotation, state
from cloudfront_signer.aws.account import check_account, clients
from cloudfront_signer.aws.errors import SetupError
from cloudfront_signer.aws.options import Options
from cloudfront_signer.aws.ownership import Found, Ledger, Progress, words
from cloudfront_signer.aws.state import State, stack_name

# The name of the statement that the single step `grant` puts into a bucket policy; a stack's own has its token in it.
SID = "CloudFrontSigner"
_DEFAULT_KEY = Path("private_key.pem")


@dataclass(frozen=True, slots=True, repr=False)
class Settings(MaskedRepr):
    """What is wanted: the bucket's name names everything else, too.

    ``private_key``: the file of the key to sign with, made if it is not there; None for the state file's, or
    ``private_key.pem`` where there is none yet. ``interval``: seconds between questions whether it is deployed.
    ``update``: change what is there and differs, in place of an error that names it.
    """

    bucket: str
    state_path: Path
    private_key: Path | None = None
    upload: Path | None = None
    interval: float = 20.0
    wait: bool = True
    options: Options = field(default_factory=Options)
    update: bool = False

    def __post_init__(self) -> None:
        """Check the name before anything is made. Raises SetupError."""
        bucket.check_name(self.bucket)

    @property
    def name(self) -> str:
        """What the parts are called in the account."""
        return stack_name(self.bucket)


def _quiet(_line: str) -> None:
    return


def plan(settings: Settings) -> list[str]:
    """What ``up`` would do, in words."""
    name, options = settings.name, settings.options
    steps = [f"bucket {settings.bucket}: create it if it is not there, block public access"]
    if settings.upload is not None:
        steps.append(f"upload {len(bucket.files_of(settings.upload))} files of {settings.upload}")
    key = settings.private_key or _DEFAULT_KEY
    kinds = " and ".join(f"{name} {kind}" for kind in options.kinds)
    return [
        *steps,
        f"origin access control {name}: create it if it is not there",
        f"key pair: {key} (mode 0600, made if it is not there); public half {name}-…, key group {name}",
        *([f"cache policy {name}: download names reach S3"] if options.allow_download_names else []),
        *([f"response headers policy {name}: CORS with credentials"] if options.cors_origins else []),
        f"distribution {kinds}: create what is not there",
        "bucket policy: let it read, leave other statements alone",
        *(["wait until it is deployed"] if settings.wait else []),
        *(f"note: {note}" for note in options.notes()),
    ]


def up(session: Any, settings: Settings, progress: Progress = _quiet, *, endpoint_url: str | None = None) -> State:
    """Make what is missing. Raises SetupError; run it again to go on from there."""
    with state.locked(settings.state_path):
        made = clients(session, endpoint_url)
        ledger = Ledger(_begin(settings, made.account, made.s3), settings.state_path, progress)
        for step in _steps(ledger, settings, made.s3, made.cloudfront):
            step()
        for note in settings.options.notes():
            progress(note)
        if settings.wait:
            for one in ledger.state.distributions.values():
                distribution.wait_until_deployed(made.cloudfront, one, interval=settings.interval, progress=progress)
        return ledger.state


def _begin(settings: Settings, account: str, s3: Any) -> State:
    """The state so far, if it is this account's and this bucket's."""
    stack = state.load(settings.state_path)
    if stack is None:
        return State(name=settings.name, account=account, region=s3.meta.region_name)
    check_account(stack, account, settings.state_path)
    if stack.name != settings.name:
        raise SetupError(
            f"{settings.state_path}: it belongs to {stack.name}: give another --state for {settings.bucket}"
        )
    if settings.private_key is not None and stack.private_key not in ("", str(settings.private_key)):
        raise SetupError(
            f"{settings.private_key}: this stack signs with {stack.private_key}: leave --private-key out, "
            "or change keys with `cloudfront-signer aws rotate`"
        )
    return stack


def _steps(ledger: Ledger, settings: Settings, s3: Any, cloudfront: Any) -> Iterator[Callable[[], None]]:
    """The steps in their order."""
    yield lambda: _bucket(ledger, settings, s3)
    yield lambda: _control(ledger, cloudfront)
    yield lambda: _keys(ledger, settings, cloudfront)
    yield lambda: _policies(ledger, settings, cloudfront)
    for kind in settings.options.kinds:
        yield lambda kind=kind: _distribution(ledger, settings, s3, cloudfront, kind)  # type: ignore[misc]
    yield lambda: _bucket_policy(ledger, settings, s3, cloudfront)


def _bucket(ledger: Ledger, settings: Settings, s3: Any) -> None:
    stack, name = ledger.state, settings.bucket
    there = [Found(name, bucket.mark_of(s3, name))] if bucket.is_there(s3, name) else []
    made = ledger.ensure("bucket", there, lambda: bucket.create_bucket(s3, name, stack.mark), id_proves=False)
    if bucket.close_bucket(s3, name) and not made and not stack.is_ours("bucket"):
        ledger.say(f"bucket {name} did not block public access: it does now, and `down` leaves it so")
    if settings.upload is not None:
        keys_now = bucket.upload(s3, name, bucket.files_of(settings.upload))
        stack.uploaded = list(dict.fromkeys([*stack.uploaded, *keys_now]))
        ledger.say(f"uploaded {len(keys_now)} files")


def _control(ledger: Ledger, cloudfront: Any) -> None:
    name = origin_access.control_name(ledger.state.name)
    ledger.ensure(
        "origin_access_control",
        origin_access.find_origin_access_controls(cloudfront, name, ledger.state.origin_access_control),
        lambda: origin_access.create_origin_access_control(cloudfront, name, ledger.state.mark),
    )


def _keys(ledger: Ledger, settings: Settings, cloudfront: Any) -> None:
    """The current and the next key, and nothing else, are trusted."""
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


def _policies(ledger: Ledger, settings: Settings, cloudfront: Any) -> None:
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


def _distribution(ledger: Ledger, settings: Settings, s3: Any, cloudfront: Any, kind: str) -> None:
    stack, options = ledger.state, settings.options
    signed = kind == "signed"
    config = distribution.build_config(
        reference=f"{stack.name}-{kind}-{stack.token}",
        comment=f"{stack.name} {kind}",
        bucket_domain=bucket.domain_name(s3, settings.bucket),
        origin_access_control=stack.origin_access_control,
        key_groups=[stack.key_group] if signed else [],
        open_paths=options.open_paths if signed else [],
        aliases=[options.domain] if signed and options.domain else [],
        certificate=options.certificate if signed else None,
        default_root_object=options.root_object,
        cache_policy=stack.cache_policy if options.allow_download_names else distribution.CACHING_OPTIMIZED,
        response_headers_policy=stack.response_headers_policy if options.cors_origins else None,
    )
    ledger.ensure(
        kind,
        distribution.find_distributions(cloudfront, config["Comment"], stack.id_of(kind)),
        lambda: distribution.create_distribution(cloudfront, config),
    )
    now = distribution.settle(cloudfront, stack.id_of(kind), config, update=settings.update)
    # What applications sign for is the name that viewers ask for.
    stack.domain_names[kind] = options.domain if signed and options.domain else now.domain_name
    ledger.say(f"{kind} distribution {now.id} at {now.domain_name}")
    if signed and options.domain:
        ledger.progress(f"point {options.domain} at {now.domain_name} (a CNAME, in Route 53 an alias)")


def _bucket_policy(ledger: Ledger, settings: Settings, s3: Any, cloudfront: Any) -> None:
    stack, options = ledger.state, settings.options
    # One that an earlier run made reads on until `down`: it is still there, and somebody may use it.
    for kind in set(stack.distributions) - set(options.kinds):
        ledger.progress(f"the {kind} distribution {stack.id_of(kind)} of an earlier run is still there")
    partition = s3.meta.partition
    arns = [distribution.arn(partition, stack.account, one) for one in stack.distributions.values()]
    statement = origin_access.distribution_statement(settings.bucket, stack.sid, arns)
    origin_access.ensure_statement(s3, settings.bucket, statement)
    if options.list_bucket:
        listing = origin_access.list_statement(settings.bucket, f"{stack.sid}List", arns)
        origin_access.ensure_statement(s3, settings.bucket, listing)
    else:
        origin_access.remove_statement(s3, settings.bucket, f"{stack.sid}List")
    ledger.say("bucket policy")


def status(session: Any, stack: State, *, endpoint_url: str | None = None) -> list[tuple[str, str, str]]:
    """Every part: what it is, its id, and how it is now."""
    cloudfront = clients(session, endpoint_url).cloudfront
    told = {
        "public_key": f"private key in {stack.private_key}",
        "next_public_key": f"private key in {stack.next_private_key}: trusted beside it, a rotation is under way",
        "retired_public_key": "on its way out: `rotate` or `up` goes on",
    }
    rows = []
    for part in ("bucket", "origin_access_control", *told, "key_group", "cache_policy", "response_headers_policy"):
        if stack.id_of(part):
            remarks = [told.get(part, ""), "" if stack.is_ours(part) else "was there before"]
            rows.append((words(part), stack.id_of(part), ", ".join(filter(None, remarks))))
    for kind, distribution_id in stack.distributions.items():
        now = distribution.read(cloudfront, distribution_id)
        seen = "gone" if now is None else f"{'deployed' if now.deployed else 'being deployed'} at {now.domain_name}"
        remarks = [seen, "" if stack.is_ours(kind) else "was there before"]
        rows.append((words(kind), distribution_id, ", ".join(filter(None, remarks))))
    return rows
