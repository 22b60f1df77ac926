"""The set-up on AWS, step by step (extra ``[aws]``): one file a step of the guide of 2011, ``stack`` does them all.

Functions take boto3 clients, so that profiles, regions, endpoints and retries are boto3's. Each can be run again: what
is there already is found by its name and left as it is. AWS's refusals become ``SetupError``, in one line that says
what to do.
"""

from cloudfront_signer.aws.errors import SetupError
from cloudfront_signer.aws.options import Options
from cloudfront_signer.aws.removal import down
from cloudfront_signer.aws.stack import Settings, status, up
from cloudfront_signer.aws.state import State

__all__ = ["Options", "Settings", "SetupError", "State", "down", "status", "up"]
