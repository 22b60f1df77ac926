"""What AWS refuses, and what to do about it."""

from collections.abc import Iterator
from contextlib import contextmanager

from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
)

from cloudfront_signer import CloudFrontSignerError


class SetupError(CloudFrontSignerError):
    """A step of the set-up could not be done."""


# IAM's names where they are not the operation's own
# (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html).
_PERMISSIONS = {
    "HeadBucket": "s3:ListBucket",
    "ListObjectsV2": "s3:ListBucket",
    "ListObjectVersions": "s3:ListBucketVersions",
    "PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "DeleteObjects": "s3:DeleteObject",
    "CreateMultipartUpload": "s3:PutObject",
    "UploadPart": "s3:PutObject",
    "CompleteMultipartUpload": "s3:PutObject",
    "HeadObject": "s3:GetObject",
    "GetCallerIdentity": "sts:GetCallerIdentity",
    "CreateSecret": "secretsmanager:CreateSecret",
    "PutSecretValue": "secretsmanager:PutSecretValue",
}
_S3_OPERATIONS = ("Bucket", "Object")

_ADVICE = {
    "BucketAlreadyExists": "the bucket's name is taken by somebody else: choose another",
    "InvalidBucketName": "S3 does not take this bucket name: 3 to 63 of a-z, 0-9 and '-'",
    "IllegalLocationConstraintException": "the bucket belongs to another region: give its --region",
    "AuthorizationHeaderMalformed": "the bucket is in another region: give its --region",
    "PermanentRedirect": "the bucket is in another region: give its --region",
    "AccessControlListNotSupported": "the bucket refuses ACLs, as new ones do: use the bucket policy, without --legacy",
    "MalformedPolicy": "S3 does not take the bucket policy: is there a principal in it that is gone?",
    "PreconditionFailed": "it was changed by somebody else meanwhile: run it again",
    "InvalidIfMatchVersion": "it was changed by somebody else meanwhile: run it again",
    "DistributionNotDisabled": "the distribution is still enabled: run it again in some minutes",
    "ResourceInUse": "something else still uses it: remove it there first",
    "PublicKeyInUse": "a key group still uses this public key: remove it there first",
    "CannotDeleteEntityWhileInUse": "something else still uses it: remove it there first",
    "OriginAccessControlInUse": "a distribution still uses this origin access control: remove it there first",
    "CNAMEAlreadyExists": "another distribution has this alias: remove it there first",
    "InvalidClientTokenId": "AWS does not know these credentials: check them with `aws sts get-caller-identity`",
    "SignatureDoesNotMatch": "the secret access key is wrong: check it with `aws sts get-caller-identity`",
    "ExpiredToken": "the credentials have expired: log in again",
}
_DENIED = {"AccessDenied", "AccessDeniedException", "403", "Forbidden", "UnauthorizedOperation"}
_THROTTLED = {"Throttling", "ThrottlingException", "SlowDown", "TooManyRequestsException", "RequestLimitExceeded"}


@contextmanager
def explained() -> Iterator[None]:
    """Turn botocore's errors within a ``with`` block into SetupError."""
    try:
        yield
    except S3UploadFailedError as error:
        # boto3 wraps what S3 said; what it wraps is what helps.
        raise explain(error.__context__ or error) from None
    except (ClientError, BotoCoreError) as error:
        raise explain(error) from None
    except CloudFrontSignerError:
        raise
    except ValueError as error:
        # botocore's word on an endpoint is a bare ValueError.
        raise SetupError(" ".join(str(error).split())) from None


def explain(error: BaseException) -> SetupError:
    """What was refused, and what to do."""
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return SetupError("no AWS credentials were found: run `aws configure`, or give --profile")
    if isinstance(error, ProfileNotFound):
        return SetupError(f"{error}: `aws configure list-profiles` shows what there is")
    if isinstance(error, NoRegionError):
        return SetupError("no region was given: give --region, or run `aws configure`")
    if not isinstance(error, ClientError):
        return SetupError(" ".join(str(error).split()))
    code, operation = error.response["Error"].get("Code", ""), error.operation_name
    message = " ".join(str(error.response["Error"].get("Message", "")).split())
    if code in _DENIED:
        return SetupError(f"{operation}: access denied: the permission {permission(operation)} is needed")
    if code in _THROTTLED:
        return SetupError(f"{operation}: AWS throttles these requests: wait a little and run it again")
    if code.startswith("TooMany") or code.endswith("QuotaExceeded"):
        return SetupError(
            f"{operation}: a quota is reached ({code}): remove what is no longer used, or ask AWS for more"
        )
    advice = _ADVICE.get(code)
    return SetupError(f"{operation}: {advice}" if advice else f"{operation}: {code}: {message}")


def permission(operation: str) -> str:
    """The IAM permission that an operation needs."""
    if operation in _PERMISSIONS:
        return _PERMISSIONS[operation]
    service = "s3" if any(word in operation for word in _S3_OPERATIONS) else "cloudfront"
    return f"{service}:{operation}"


def code_of(error: ClientError) -> str:
    """The code of an error, such as ``NoSuchBucket``."""
    return str(error.response["Error"].get("Code", ""))
