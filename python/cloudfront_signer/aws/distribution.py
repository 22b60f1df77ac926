"""Step 4: distributions. Found, created, compared with what is requested, waited for and deleted."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from cloudfront_signer._native import excerpt
from cloudfront_signer._text import MaskedRepr
from cloudfront_signer.aws.api import pages
from cloudfront_signer.aws.difference import compare, merge
from cloudfront_signer.aws.errors import SetupError, code_of, explained
from cloudfront_signer.aws.ownership import Found
from cloudfront_signer.aws.progress import Event, Kind, Progress, quiet

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_cloudfront.type_defs import DistributionConfigTypeDef

_ID = re.compile(r"\bE[A-Z0-9]{8,}\b")


@dataclass(frozen=True, slots=True, repr=False)
class Distribution(MaskedRepr):
    """A distribution's ID, ARN and domain name, and whether it is deployed everywhere."""

    id: str
    arn: str
    domain_name: str
    deployed: bool

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> "Distribution":
        """A distribution from an answer of CloudFront's API."""
        return cls(item["Id"], item["ARN"], item["DomainName"], item["Status"] == "Deployed")


def ensure_distribution(
    cloudfront: "CloudFrontClient", config: dict[str, Any], *, update: bool = False
) -> Distribution:
    """Find the distribution with this comment or caller reference, or create it.

    If an existing one differs from ``config``, raises SetupError with the differences or, with ``update``, updates it.
    """
    if not config["Comment"]:
        raise SetupError("the name of the distribution is empty: every distribution without a comment has it")
    found = find_distributions(cloudfront, config["Comment"])
    distribution_id = found[0].id if found else create_distribution(cloudfront, config)
    return settle(cloudfront, distribution_id, config, update=update)


def arn(partition: str, account: str, distribution_id: str) -> str:
    """A distribution's ARN, which bucket policies name."""
    return f"arn:{partition}:cloudfront::{account}:distribution/{distribution_id}"


def find_distributions(cloudfront: "CloudFrontClient", comment: str, known: str = "") -> list[Found]:
    """The distribution with this comment or ID, with its caller reference."""
    with explained():
        ids = [
            str(item["Id"])
            for item in pages(cloudfront.list_distributions, "DistributionList")
            if item["Comment"] == comment or item["Id"] == known
        ]
        configs = [(one, cloudfront.get_distribution_config(Id=one)["DistributionConfig"]) for one in ids]
    return [Found(one, config["CallerReference"]) for one, config in configs]


def create_distribution(cloudfront: "CloudFrontClient", config: dict[str, Any]) -> str:
    """Create a distribution; returns its ID, or the ID of the one that its caller reference has created before."""
    with explained():
        try:
            return str(cloudfront.create_distribution(DistributionConfig=_typed(config))["Distribution"]["Id"])
        except ClientError as error:
            found = _ID.search(str(error)) if code_of(error) == "DistributionAlreadyExists" else None
            if found is None:
                raise
            return found[0]


def settle(
    cloudfront: "CloudFrontClient", distribution_id: str, config: dict[str, Any], *, update: bool
) -> Distribution:
    """Check that a distribution is as requested. If it differs, raises SetupError or, with ``update``, updates it."""
    with explained():
        current = cloudfront.get_distribution_config(Id=distribution_id)
        there = current["DistributionConfig"]
        differences = compare(there, config)
        if differences and not update:
            raise SetupError(
                f"distribution {distribution_id}, {excerpt(config['Comment'])}: it exists and differs: "
                f"{'; '.join(differences)}: give --update to change it, or request what it has"
            )
        if differences:
            changed = _typed(merge(there, config))
            cloudfront.update_distribution(Id=distribution_id, IfMatch=current["ETag"], DistributionConfig=changed)
        return Distribution.of(cloudfront.get_distribution(Id=distribution_id)["Distribution"])


def _typed(config: Mapping[str, Any]) -> "DistributionConfigTypeDef":
    return cast("DistributionConfigTypeDef", config)


def read(cloudfront: "CloudFrontClient", distribution_id: str) -> Distribution | None:
    """The current state of a distribution; None if there is none with this ID."""
    with explained():
        try:
            return Distribution.of(cloudfront.get_distribution(Id=distribution_id)["Distribution"])
        except ClientError as error:
            if code_of(error) == "NoSuchDistribution":
                return None
            raise


def wait_until_deployed(
    cloudfront: "CloudFrontClient", distribution_id: str, *, interval: float = 20.0, progress: Progress = quiet
) -> Distribution:
    """Ask every ``interval`` seconds until a distribution is deployed, which takes minutes. Ctrl-C stops waiting."""
    start = time.monotonic()
    while True:
        distribution = read(cloudfront, distribution_id)
        if distribution is None:
            raise SetupError(f"distribution {distribution_id}: it no longer exists: run it again to create another")
        if distribution.deployed:
            return distribution
        waited = f"{distribution_id} is being deployed, {time.monotonic() - start:.0f} s so far"
        progress(Event(Kind.DEPLOYING, waited))
        time.sleep(interval)


def delete_distribution(
    cloudfront: "CloudFrontClient", distribution_id: str, *, interval: float = 20.0, progress: Progress = quiet
) -> None:
    """Disable a distribution, wait until that is deployed, and delete it; a missing one is not an error."""
    with explained():
        try:
            current = cloudfront.get_distribution_config(Id=distribution_id)
        except ClientError as error:
            if code_of(error) == "NoSuchDistribution":
                return
            raise
        config, etag = current["DistributionConfig"], current["ETag"]
        if config["Enabled"]:
            changed = _typed({**config, "Enabled": False})
            cloudfront.update_distribution(Id=distribution_id, IfMatch=etag, DistributionConfig=changed)
    wait_until_deployed(cloudfront, distribution_id, interval=interval, progress=progress)
    with explained():
        etag = cloudfront.get_distribution_config(Id=distribution_id)["ETag"]
        cloudfront.delete_distribution(Id=distribution_id, IfMatch=etag)
