"""Sign many messages in batches and compare each signature with `cryptography`: `make soak`."""

import os
import random
import sys
from time import perf_counter

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from cloudfront_signer import PrivateKey, engine_info

HASHES = {"SHA1": hashes.SHA1(), "SHA256": hashes.SHA256()}

# A new key after so many signatures.
PER_KEY = 20_000


def main() -> None:
    """Sign as many messages as the only argument says, by default a million."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    done, start = 0, perf_counter()
    print(f"batches are signed by {engine_info()['batch']}", flush=True)
    while done < count:
        key = PrivateKey.generate()
        peer = serialization.load_pem_private_key(key.to_pem().encode(), None)
        end = min(count, done + PER_KEY)
        while done < end:
            messages = [os.urandom(random.randrange(300)) for _ in range(min(random.randint(1, 64), end - done))]
            name = random.choice(list(HASHES))
            for message, signature in zip(messages, key.sign_many(messages, name), strict=True):
                if signature != peer.sign(message, padding.PKCS1v15(), HASHES[name]):
                    sys.exit(f"a signature differs, after {done} that agree; the message is {message.hex()}")
            done += len(messages)
        print(f"{done} signatures agree, {perf_counter() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
