"""AWS's errors, and what to do about each."""

import re
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
    SSOError,
    TokenRetrievalError,
)
from botocore.parsers import ResponseParserError

from cloudfront_signer import CloudFrontSignerError
from cloudfront_signer._native import mask_secrets


class SetupError(CloudFrontSignerError):
    """A step of the set-up failed."""


class NoApiError(SetupError):
    """The server does not know the operation, or is not AWS."""


# IAM's permission names that differ from the operation's name
# (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html).
_PERMISSIONS = {
    "HeadBucket": "s3:ListBucket",
    "ListObjectsV2": "s3:ListBucket",
    "ListObjectVersions": "s3:ListBucketVersions",
    "GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
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
# Operations that need two permissions.
_ALSO = {"CreateBucket": ", and s3:TagResource"}
_S3_OPERATIONS = ("Bucket", "Object")

_MEANWHILE = "another run created it meanwhile: run it again"
_UNKNOWN_KEY = "AWS does not know this access key id: check it with `aws sts get-caller-identity`"
_EXPIRED = "the credentials have expired: log in again (`aws sso login`, or request new ones)"
NO_API = "the response is not from an AWS API: check --endpoint-url, and proxies in between"
_CLOCK = "this machine's clock is wrong: set it (`timedatectl set-ntp true`), then run it again"

_ADVICE = {
    "BucketAlreadyExists": "another account has a bucket with this name: choose another",
    "InvalidBucketName": "S3 rejects this bucket name: expected 3 to 63 of a-z, 0-9 and '-'",
    "IllegalLocationConstraintException": "the bucket belongs to another region: give its --region",
    "AuthorizationHeaderMalformed": "the bucket is in another region: give its --region",
    "PermanentRedirect": "the bucket is in another region: give its --region",
    "AccessControlListNotSupported": "the bucket rejects ACLs, as new ones do: use the bucket policy, without --legacy",
    "MalformedPolicy": "S3 rejects the bucket policy: check whether it names a principal that no longer exists",
    "PreconditionFailed": "another client changed it meanwhile: run it again",
    "InvalidIfMatchVersion": "another client changed it meanwhile: run it again",
    "DistributionNotDisabled": "the distribution is still enabled: run it again in a few minutes",
    "ResourceInUse": "another resource still uses it: remove it there first",
    "PublicKeyInUse": "a key group still uses this public key: remove it there first",
    "CannotDeleteEntityWhileInUse": "another resource still uses it: remove it there first",
    "OriginAccessControlInUse": "a distribution still uses this origin access control: remove it there first",
    "CNAMEAlreadyExists": "another distribution has this alias: remove it there first",
    "OriginAccessControlAlreadyExists": _MEANWHILE,
    "PublicKeyAlreadyExists": _MEANWHILE,
    "KeyGroupAlreadyExists": _MEANWHILE,
    "CachePolicyAlreadyExists": _MEANWHILE,
    "ResponseHeadersPolicyAlreadyExists": _MEANWHILE,
    "BucketAlreadyOwnedByYou": _MEANWHILE,
    "OperationAborted": "S3 is still busy with this bucket's name: run it again in a few minutes",
    "InvalidViewerCertificate": (
        "CloudFront rejects the certificate: check that it is issued, in us-east-1, and for this domain name"
    ),
    "InvalidKeyPairId": _UNKNOWN_KEY,
    "InvalidClientTokenId": _UNKNOWN_KEY,
    "InvalidAccessKeyId": _UNKNOWN_KEY,
    "UnrecognizedClientException": _UNKNOWN_KEY,
    "AuthFailure": _UNKNOWN_KEY,
    "SignatureDoesNotMatch": "the secret access key is wrong: check it with `aws sts get-caller-identity`",
    "InvalidSignatureException": "the secret access key is wrong: check it with `aws sts get-caller-identity`",
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "TokenRefreshRequired": _EXPIRED,
    "InvalidToken": "the session token is not valid: log in again",
    "RequestTimeTooSkewed": _CLOCK,
    "RequestExpired": _CLOCK,
    "RequestInTheFuture": _CLOCK,
}
# With a wrong clock, STS and CloudFront return the code of a wrong secret and this message.
_CLOCK_MESSAGE = re.compile(r"signature (not yet current|expired)", re.IGNORECASE)
_DENIED = {"AccessDenied", "AccessDeniedException", "403", "Forbidden", "UnauthorizedOperation"}
_THROTTLED = {
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "TooManyRequests",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "PriorRequestNotComplete",
    "429",
}
# botocore's codes for a response without AWS's XML: the HTTP status.
_NO_CODE = {"", "404", "405", "500", "501", "502"}


@contextmanager
def explained() -> Iterator[None]:
    """Raise botocore's errors within a ``with`` block as SetupError."""
    try:
        yield
    except S3UploadFailedError as error:
        # boto3 wraps the error of S3, which says more.
        raise explain(error.__context__ or error) from None
    except (ClientError, BotoCoreError, ResponseParserError) as error:
        raise explain(error) from None
    except CloudFrontSignerError:
        raise
    except ValueError as error:
        # For an invalid endpoint botocore raises a bare ValueError.
        raise SetupError(" ".join(str(error).split())) from None
    except KeyError as error:
        # A response without what every response of AWS contains, for example a captive portal's page with status 200.
        raise NoApiError(NO_API) from error


def explain(error: BaseException) -> SetupError:
    """What failed, and what to do."""
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return SetupError("no AWS credentials found: run `aws configure`, or give --profile")
    if isinstance(error, ProfileNotFound):
        return SetupError(f"{error}: `aws configure list-profiles` lists the profiles")
    if isinstance(error, NoRegionError):
        return SetupError("no region found: give --region, or run `aws configure`")
    if isinstance(error, SSOError | TokenRetrievalError):
        return SetupError(_EXPIRED)
    if isinstance(error, ResponseParserError):
        return NoApiError(NO_API)
    if not isinstance(error, ClientError):
        return SetupError(mask_secrets(" ".join(str(error).split())))
    return _explain_answer(code_of(error), error.operation_name, str(error.response["Error"].get("Message", "")))


def _explain_answer(code: str, operation: str, message: str) -> SetupError:
    message = mask_secrets(" ".join(message.split()))
    if _CLOCK_MESSAGE.search(message):
        return SetupError(f"{operation}: {_CLOCK}")
    if code in _DENIED:
        needed = f"{permission(operation)} is needed{_ALSO.get(operation, '')}"
        return SetupError(f"{operation}: access denied: the permission {needed}")
    if code in _THROTTLED:
        return SetupError(f"{operation}: AWS throttles these requests: wait a moment and run it again")
    if code in _NO_CODE and not operation.startswith("Head"):
        return NoApiError(
            f"{operation}: {code or 'a response'} without a reason: the server does not know this operation, "
            "or is not an AWS API: check --endpoint-url"
        )
    if code.startswith("TooMany") or code.endswith("QuotaExceeded"):
        return SetupError(f"{operation}: a quota is reached ({code}): remove unused resources, or ask AWS to raise it")
    advice = _ADVICE.get(code)
    return SetupError(f"{operation}: {advice}" if advice else f"{operation}: {code}: {message}")


def permission(operation: str) -> str:
    """The IAM permission that an operation needs."""
    if operation in _PERMISSIONS:
        return _PERMISSIONS[operation]
    service = "s3" if any(word in operation for word in _S3_OPERATIONS) else "cloudfront"
    return f"{service}:{operation}"


def code_of(error: ClientError) -> str:
    """The code of an error, for example ``NoSuchBucket``."""
    return str(error.response["Error"].get("Code", ""))
