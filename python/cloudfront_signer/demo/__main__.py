"""``python -m cloudfront_signer.demo [--serve]``."""

import sys

from cloudfront_signer.demo import main

if __name__ == "__main__":
    try:
        sys.exit(main(serve="--serve" in sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
