"""botocore's class and ours, and what both sign in tests."""

from datetime import datetime

import botocore.signers

from cloudfront_signer import CloudFrontSigner

URL = "https://d111111abcdef8.cloudfront.net/a.mp4"
END = datetime(2036, 1, 1)
BOTH = [botocore.signers.CloudFrontSigner, CloudFrontSigner]

# "signed", "other" and "third" in base64.
SIGNED, OTHER, THIRD = "Signature=c2lnbmVk", "Signature=b3RoZXI_", "Signature=dGhpcmQ_"


def signed(signer, url=URL):
    """What a signer with these bytes and this id makes."""
    return signer.generate_presigned_url(url, END).removeprefix(f"{url}?Expires=2082758400&")


def rsa_other(message):
    """Stand in for a signer."""
    return b"other"
