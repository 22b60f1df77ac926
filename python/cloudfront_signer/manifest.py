"""Sign the manifests of streams: HLS playlists and DASH MPDs.

A signed URL of a manifest is not enough: players resolve the segments against it and drop its query. These functions
sign each URI in the manifest, in place, and leave everything else unchanged, byte for byte.

>>> from cloudfront_signer.manifest import sign_hls
>>> print(sign_hls("#EXTM3U\\n1.ts", base_url="https://media.example.com/show/index.m3u8", mode="query"))
#EXTM3U
#EXT-X-VERSION:11
#EXT-X-DEFINE:QUERYPARAM="Policy"
#EXT-X-DEFINE:QUERYPARAM="Signature"
#EXT-X-DEFINE:QUERYPARAM="Key-Pair-Id"
1.ts?Policy={$Policy}&Signature={$Signature}&Key-Pair-Id={$Key-Pair-Id}
"""

from cloudfront_signer._native import sign_dash, sign_hls

__all__ = ["sign_dash", "sign_hls"]
