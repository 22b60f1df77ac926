"""The set-up as the guide of 2011 did it: identity, object ACLs, RTMP distribution, the account's own key pair.

AWS replaced each of them: by origin access control (2022), bucket policies, HLS (RTMP ended on 31 December 2020) and
key groups (2020).
"""

from cloudfront_signer.aws.legacy.account_key import account_key_id
from cloudfront_signer.aws.legacy.object_acl import grant_objects
from cloudfront_signer.aws.legacy.origin_access_identity import Identity, ensure_origin_access_identity
from cloudfront_signer.aws.legacy.streaming import create_streaming_distribution

__all__ = [
    "Identity",
    "account_key_id",
    "create_streaming_distribution",
    "ensure_origin_access_identity",
    "grant_objects",
]
