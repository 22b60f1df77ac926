"""``down``: removes what the runs of a state file created; reports and keeps what existed before."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cloudfront_signer.aws import bucket, bucket_policy, distribution, keys, origin_access, policies, state
from cloudfront_signer.aws.api import Clients, check_account, clients
from cloudfront_signer.aws.errors import NoApiError, SetupError
from cloudfront_signer.aws.ownership import Found, Ledger, words
from cloudfront_signer.aws.progress import Kind, Progress, quiet
from cloudfront_signer.aws.state import DISTRIBUTIONS, OURS, PLANNED, bucket_of

if TYPE_CHECKING:
    from boto3.session import Session

_KEYS = ("public_key", "next_public_key", "retired_public_key")


def down(
    session: "Session",
    state_path: Path,
    progress: Progress = quiet,
    *,
    delete_content: bool = False,
    interval: float = 20.0,
    endpoint_url: str | None = None,
) -> None:
    """Remove the stack's own resources, then the state file; the private key file stays.

    Raises SetupError; run it again to resume. The bucket's contents are deleted only with ``delete_content``. If the
    API lacks an operation, the rest is removed; the error names what is left, and the state file keeps it.
    """
    with state.locked(state_path):
        stack = state.load(state_path)
        if stack is None:
            raise SetupError(f"{state_path}: no such file: there is nothing to remove")
        made = clients(session, endpoint_url)
        check_account(stack, made.account, state_path)
        removal = _Removal(Ledger(stack, state_path, progress), made, interval)
        removal.run(delete_content=delete_content)
        state_path.unlink()


class _Removal:
    """One run, in order of dependency: a resource after those that use it."""

    def __init__(self, ledger: Ledger, made: Clients, interval: float) -> None:
        self._ledger, self._stack = ledger, ledger.state
        self._s3, self._cloudfront, self._interval = made.s3, made.cloudfront, interval
        self._left: list[str] = []
        self._reason = ""

    def run(self, *, delete_content: bool) -> None:
        self._find_planned()
        for kind in DISTRIBUTIONS:
            self._remove(kind, self._delete_distribution)
        for part, delete in (
            ("cache_policy", policies.delete_cache_policy),
            ("response_headers_policy", policies.delete_response_headers_policy),
        ):
            self._remove(part, partial(delete, self._cloudfront))
        self._remove_keys()
        self._remove("origin_access_control", partial(origin_access.delete_origin_access_control, self._cloudfront))
        self._remove_bucket(delete_content=delete_content)
        if self._left:
            raise SetupError(f"not removed: {', '.join(self._left)} ({self._ledger.path} keeps them): {self._reason}")

    def _find_planned(self) -> None:
        """Find planned resources by their mark: a run may have been killed between a call and its response."""
        stack, cloudfront = self._stack, self._cloudfront
        control = origin_access.control_name(stack.name)
        finders: dict[str, Callable[[], list[Found]]] = {
            "bucket": self._marked_bucket,
            "origin_access_control": lambda: origin_access.find_origin_access_controls(cloudfront, control),
            "key_group": lambda: keys.find_key_groups(cloudfront, stack.name),
            "cache_policy": lambda: policies.find_cache_policies(cloudfront, stack.name),
            "response_headers_policy": lambda: policies.find_response_headers_policies(cloudfront, stack.name),
            "open": lambda: distribution.find_distributions(cloudfront, f"{stack.name} open"),
            "signed": lambda: distribution.find_distributions(cloudfront, f"{stack.name} signed"),
        }
        for part in [part for part, status in stack.ownership.items() if status == PLANNED]:
            found = finders.get(part, self._unknown_keys)()
            proved = [one for one in found if self._ledger.proves(one)]
            stack.forget(part)
            if proved:
                stack.set_id(part, proved[0].id)
                stack.ownership[part] = OURS
            self._ledger.save()

    def _marked_bucket(self) -> list[Found]:
        name = bucket_of(self._stack)
        return [Found(name, bucket.mark_of(self._s3, name))] if bucket.is_there(self._s3, name) else []

    def _unknown_keys(self) -> list[Found]:
        known = {self._stack.id_of(part) for part in _KEYS}
        return [one for one in keys.find_marked_public_keys(self._cloudfront, self._stack.token) if one.id not in known]

    def _remove(self, part: str, delete: Callable[[str], None]) -> None:
        stack, identity = self._stack, self._stack.id_of(part)
        if not identity:
            return
        if not stack.is_ours(part):
            stack.forget(part)
            self._ledger.say(Kind.KEPT, f"{words(part)} {identity} existed before: it stays")
            return
        try:
            delete(identity)
        except NoApiError as error:
            self._left.append(f"{words(part)} {identity}")
            self._reason = str(error)
            return
        stack.forget(part)
        stack.domain_names.pop(part, None)
        self._ledger.say(Kind.DELETED, f"{words(part)} {identity} deleted")

    def _delete_distribution(self, identity: str) -> None:
        progress = self._ledger.progress
        distribution.delete_distribution(self._cloudfront, identity, interval=self._interval, progress=progress)

    def _remove_keys(self) -> None:
        """The group first: a key in a group cannot be deleted."""
        stack, group = self._stack, self._stack.key_group
        if group and not stack.is_ours("key_group"):
            ours = [stack.id_of(part) for part in _KEYS if stack.is_ours(part)]
            keys.leave_key_group(self._cloudfront, group, ours)
        self._remove("key_group", partial(keys.delete_key_group, self._cloudfront))
        for part in _KEYS:
            if stack.key_group and stack.is_ours(part):
                self._left.append(f"{words(part)} {stack.id_of(part)}")
            else:
                self._remove(part, partial(keys.delete_public_key, self._cloudfront))

    def _remove_bucket(self, *, delete_content: bool) -> None:
        stack, s3, name = self._stack, self._s3, self._stack.bucket
        if not name:
            return
        if not bucket.is_there(s3, name):
            stack.forget("bucket")
            self._ledger.say(Kind.DELETED, f"bucket {name} no longer exists")
            return
        for sid in (stack.sid, f"{stack.sid}List"):
            bucket_policy.remove_statement(s3, name, sid)
        self._ledger.say(Kind.DELETED, "bucket policy: the statements of this stack removed")
        if not (stack.is_ours("bucket") and self._ledger.proves(Found(name, bucket.mark_of(s3, name)))):
            content = f", with the {len(stack.uploaded)} uploaded files" if stack.uploaded else ""
            stack.forget("bucket")
            self._ledger.say(Kind.KEPT, f"bucket {name} was not created by this stack: it stays{content}, and private")
            return
        if delete_content:
            self._ledger.say(Kind.DELETED, f"{bucket.empty_bucket(s3, name)} objects deleted")
        bucket.delete_bucket(s3, name)
        stack.forget("bucket")
        self._ledger.say(Kind.DELETED, f"bucket {name} deleted")
