"""What manifests are signed with in tests, and what they are relative to."""

from cloudfront_signer import CloudFrontSigner, PrivateKey, Verifier

from support.mpd import requests

PLAYLIST_URL = "https://media.example.com/show/index.m3u8"
MPD_URL = "https://media.example.com/show/index.mpd"
END = 2_000_000_000
KEY = PrivateKey.generate("ecdsa-p256")
SIGNER = CloudFrontSigner("K1", KEY)
VERIFIER = Verifier({"K1": KEY.public_key()})
# For the folder of both, and for everything.
GRANT = SIGNER.grant("https://media.example.com/show/*", expires=END)
WIDE = SIGNER.grant("*", expires=END)


def allowed(mpd, url=MPD_URL):
    """Whether each request of an MPD is signed, by its URL. `url` is that of the MPD."""
    return {requested: VERIFIER.check(requested).allowed for requested in requests(mpd, url)}
