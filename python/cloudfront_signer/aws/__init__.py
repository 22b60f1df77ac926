"""The set-up on AWS (extra ``[aws]``): one file per step, and ``stack``, which runs them all.

Functions take boto3 sessions or clients: profiles, regions, endpoints and retries are configured there. Each function
can be run again: existing resources are found by name and left unchanged. Errors of AWS are raised as ``SetupError``,
in one line that says what to do.
"""

from cloudfront_signer.aws.errors import SetupError
from cloudfront_signer.aws.options import Options
from cloudfront_signer.aws.removal import down
from cloudfront_signer.aws.stack import Settings, status, up
from cloudfront_signer.aws.state import State

__all__ = ["Options", "Settings", "SetupError", "State", "down", "status", "up"]
