"""``dash``: a signed MPD."""

from cloudfront_signer.cli.manifest import Signing, Source
from cloudfront_signer.cli.option_groups import option_groups
from cloudfront_signer.manifest import sign_dash


@option_groups(signing=Signing)
def dash(mpd: Source, signing: Signing) -> None:
    """Sign all URIs in a DASH MPD and print it. Everything else is unchanged, byte for byte.

    With --static, the MPD is the same for all viewers, and can be uploaded: sign its URL for each viewer, with a custom
    policy whose resource ends in *. The player has to support urn:mpeg:dash:urlparam:2014, as dash.js and Shaka
    Player do.
    """
    signing.run(mpd, sign_dash)
