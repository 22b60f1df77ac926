"""``--legacy``: the steps as the guide of 2011 did them, for accounts that still have such distributions."""

from cloudfront_signer.cli.aws.legacy.player import show_player
from cloudfront_signer.cli.aws.legacy.steps import create_streaming, grant_objects, show_account_key, show_identity

__all__ = ["create_streaming", "grant_objects", "show_account_key", "show_identity", "show_player"]
