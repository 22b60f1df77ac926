"""Signs each URL of standard input, or of the arguments, for an hour.

export CLOUDFRONT_SIGNER_KEY_PAIR_ID=K2JCJMDEHXQW5F CLOUDFRONT_SIGNER_PRIVATE_KEY=private_key.pem
python examples/sign_urls.py https://d111111abcdef8.cloudfront.net/a.mp4
python examples/sign_urls.py < urls.txt
"""

import sys
from datetime import timedelta

from cloudfront_signer import CloudFrontSigner, CloudFrontSignerError


def main(urls: list[str]) -> int:
    try:
        signer = CloudFrontSigner.from_env()
        print(*signer.sign_urls(urls, expires=timedelta(hours=1)), sep="\n")
    except CloudFrontSignerError as error:
        where = "" if error.index is None else f"URL {error.index + 1}: "
        print(f"{where}{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or [line.strip() for line in sys.stdin if line.strip()]))
