"""``python -m cloudfront_signer.demo [--serve]``."""

import sys

from cloudfront_signer.demo import main

if __name__ == "__main__":
    sys.exit(main(serve="--serve" in sys.argv[1:]))
