#!/usr/bin/env bash
# Makes signatures with the openssl command: one line a vector in DIRECTORY/openssl.txt.
#
#   scripts/make-vectors.sh                 makes the vectors of the repository again, with fresh keys that are thrown away
#   scripts/make-vectors.sh DIRECTORY       makes others there, and keeps the private keys next to them (for the tests)
#
# A line is: key name, hash, message, signature (both in hex), public key (SubjectPublicKeyInfo, base64).
set -euo pipefail

vectors=$(cd "$(dirname "$0")/../tests/vectors" && pwd)
keys=${1:-$(mktemp -d)}
out=${1:-$vectors}
[ $# -gt 0 ] || trap 'rm -rf "$keys"' EXIT
umask 077

url=https://d111111abcdef8.cloudfront.net
canned='{"Statement":[{"Resource":"'$url'/a.mp4","Condition":{"DateLessThan":{"AWS:EpochTime":1767290400}}}]}'
custom='{"Statement":[{"Resource":"'$url'/*","Condition":{"DateLessThan":{"AWS:EpochTime":1767290400},"IpAddress":{"AWS:SourceIp":"192.0.2.0/24"},"DateGreaterThan":{"AWS:EpochTime":1767204000}}}]}'
pretty=$(printf '{\n  "Statement": [{\n    "Resource": "%s/ü.mp4"\n  }]\n}\n.' "$url")

make_key() {
    case $1 in
    rsa-*) openssl genrsa -out "$keys/$1" "${1#rsa-}" 2>"$keys/log" ;;
    ecdsa-p256) openssl ecparam -name prime256v1 -genkey -noout -out "$keys/$1" ;;
    esac
    openssl pkey -in "$keys/$1" -pubout -outform DER -out "$keys/$1.spki"
}

in_hex() { od -An -v -tx1 "$1" | tr -d ' \n'; }

{
    echo "# Made by scripts/make-vectors.sh with $(openssl version)"
    for key in rsa-1024 rsa-2048 rsa-3072 rsa-4096 ecdsa-p256; do
        make_key "$key"
        # The dot keeps the last line's end, which $(…) would take away.
        for message in "$canned" "$custom" "${pretty%.}" ""; do
            printf %s "$message" >"$keys/message"
            for hash in SHA1 SHA256; do
                openssl dgst "-$hash" -sign "$keys/$key" -out "$keys/signature" "$keys/message"
                echo "$key $hash x$(in_hex "$keys/message") $(in_hex "$keys/signature") $(openssl base64 -A -in "$keys/$key.spki")"
            done
        done
    done
} >"$keys/vectors"
mv "$keys/vectors" "$out/openssl.txt"
