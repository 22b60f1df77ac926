"""The summaries in lists of commands, and the examples at the end of each ``--help``."""

_SITE = "https://d111111abcdef8.cloudfront.net"
_SIGNS = "--key-pair-id K2JCJMDEHXQW5F --private-key private_key.pem"

# Shorter than the first sentence of the command's help, to fit a terminal.
SUMMARIES = {
    "sign": "Sign one or more URLs.",
    "cookies": "Sign cookies.",
    "policy": "Print or decode a policy.",
    "hls": "Sign the URIs in an HLS playlist.",
    "dash": "Sign the URIs in a DASH MPD.",
    "inspect": "Explain a signed URL or cookies, and diagnose a 403.",
    "keygen": "Generate a key pair.",
    "demo": "Run the whole workflow locally, without an AWS account.",
    "edge": "Run a local CloudFront edge for development.",
    "aws": "Set up CloudFront on AWS.",
    "aws up": "Run all steps. Resumes if run again.",
    "aws status": "Show the resources in the state file.",
    "aws rotate": "Rotate the signing key.",
    "aws down": "Remove the resources that `up` created.",
    "aws bucket": "Step 1: create a private bucket.",
    "aws origin-access": "Step 2: create an origin access control.",
    "aws grant": "Step 3: allow distributions to read the bucket.",
    "aws distribution": "Step 4: create a distribution.",
    "aws check": "Step 5: check that only signed requests are served.",
    "aws key": "Step 6: create a key pair and a key group.",
    "aws try": "Steps 7 and 8: sign a URL and fetch it.",
    "aws permissions": "Print the IAM policy that these commands need.",
    "aws template": "Print a CloudFormation or Terraform template.",
}

# Common to all commands with --json.
ERRORS = """\
With --json, an error is printed to standard error as one JSON object: {"error", "message", "status"}. "error" is the \
exception's name, for example InvalidUrlError, or UsageError for invalid usage. "status" is the exit status: 1, or 2 \
for invalid usage. Warnings and notes are printed as {"warning"} and {"note"}."""

# By command. A line that starts with # describes the next one; a backslash continues a line.
EXAMPLES = {
    "": f"""
        cloudfront-signer keygen --out private_key.pem
        cloudfront-signer sign --url {_SITE}/a.mp4 \\
            {_SIGNS} \\
            --date-less-than 2h
        cloudfront-signer inspect "$URL" --public-key private_key.pub.pem
        # needs no AWS account
        cloudfront-signer demo --serve
        """,
    "sign": f"""
        cloudfront-signer sign --url {_SITE}/a.mp4 \\
            {_SIGNS} \\
            --date-less-than 2h
        # everything under /hls/, for one viewer
        cloudfront-signer sign \\
            --url {_SITE}/hls/1.ts \\
            {_SIGNS} \\
            --policy-resource '{_SITE}/hls/*' \\
            --ip-address 192.0.2.7 --date-less-than 2030-01-31
        # a file of URLs; skip invalid lines
        cloudfront-signer sign --urls-from urls.txt --keep-going --json \\
            {_SIGNS} \\
            --date-less-than 7d
        """,
    "cookies": f"""
        cloudfront-signer cookies \\
            --resource '{_SITE}/*' \\
            {_SIGNS} \\
            --date-less-than 2h
        # for a site and a distribution under the same parent domain
        cloudfront-signer cookies --resource 'https://media.example.com/*' \\
            {_SIGNS} \\
            --date-less-than 2h --domain example.com
        """,
    "policy": f"""
        cloudfront-signer policy \\
            --resource '{_SITE}/*' \\
            --date-less-than 2030-01-31T12:00:00Z --ip-address 192.0.2.0/24
        # decode the Policy of a URL or a cookie
        cloudfront-signer policy --decode "$POLICY"
        """,
    "hls": f"""
        cloudfront-signer hls index.m3u8 \\
            --base-url {_SITE}/show/index.m3u8 \\
            {_SIGNS} \\
            --date-less-than 4h > signed.m3u8
        # the same for all viewers: upload it, then sign its URL for each
        cloudfront-signer hls --static show/index.m3u8 \\
            --base-url {_SITE}/show/index.m3u8 \\
            --output upload/show/index.m3u8
        cloudfront-signer sign \\
            --url {_SITE}/show/index.m3u8 \\
            {_SIGNS} \\
            --policy-resource '{_SITE}/show/*' \\
            --date-less-than 4h
        """,
    "dash": f"""
        cloudfront-signer dash index.mpd \\
            --base-url {_SITE}/show/index.mpd \\
            {_SIGNS} \\
            --date-less-than 4h > signed.mpd
        # the same for all viewers: upload it, then sign its URL for each
        cloudfront-signer dash --static show/index.mpd \\
            --base-url {_SITE}/show/index.mpd \\
            --output upload/show/index.mpd
        """,
    "inspect": f"""
        cloudfront-signer inspect "$URL"
        # verify it, and explain a denial
        cloudfront-signer inspect "$URL" --public-key private_key.pub.pem
        # cookies copied from a browser; --request is required
        cloudfront-signer inspect "$COOKIE" \\
            --request {_SITE}/a.mp4 \\
            --public-key K2JCJMDEHXQW5F=private_key.pub.pem --json
        """,
    "keygen": """
        cloudfront-signer keygen --out private_key.pem
        # short URLs, fast signing; with a passphrase
        cloudfront-signer keygen --out private_key.pem --kind ecdsa-p256 --encrypt
        """,
    "demo": """
        cloudfront-signer demo
        # keep serving, and open a page that plays the video
        cloudfront-signer demo --serve
        """,
    "edge": """
        cloudfront-signer edge --origin ./videos \\
            --public-key K2JCJMDEHXQW5F=private_key.pub.pem
        # accept URLs signed for this distribution
        cloudfront-signer edge --origin ./videos --open '/public/*' \\
            --public-key K2JCJMDEHXQW5F=private_key.pub.pem \\
            --as https://d111111abcdef8.cloudfront.net
        """,
    "aws": """
        cloudfront-signer aws up --bucket my-videos --upload ./videos
        cloudfront-signer aws try video.mp4
        cloudfront-signer aws down
        """,
    "aws up": """
        cloudfront-signer aws up --bucket my-videos --upload ./videos
        # HLS and DASH: one signed URL for each viewer, of the manifest
        cloudfront-signer aws up --bucket my-videos --upload ./show \\
            --static-manifests
        # preview the changes
        cloudfront-signer aws up --bucket my-videos --dry-run
        # print the Django settings
        cloudfront-signer aws up --bucket my-videos --print django
        """,
    "aws status": """
        cloudfront-signer aws status
        cloudfront-signer aws status --state videos.json
        """,
    "aws down": """
        cloudfront-signer aws down
        cloudfront-signer aws down --delete-content --yes
        """,
    "aws check": """
        cloudfront-signer aws check video.mp4
        """,
    "aws try": """
        cloudfront-signer aws try video.mp4
        """,
    "aws permissions": """
        cloudfront-signer aws permissions --bucket my-videos > policy.json
        """,
    "aws template": """
        cloudfront-signer aws template --bucket my-videos \\
            --public-key private_key.pub.pem > stack.json
        cloudfront-signer aws template --bucket my-videos \\
            --public-key private_key.pub.pem --format terraform > main.tf
        """,
    "aws bucket": """
        cloudfront-signer aws bucket my-videos --upload ./videos
        """,
    "aws origin-access": """
        cloudfront-signer aws origin-access my-videos
        """,
    "aws grant": """
        cloudfront-signer aws grant --bucket my-videos \\
            --distribution arn:aws:cloudfront::123456789012:distribution/E2EXAMPLE
        """,
    "aws distribution": """
        cloudfront-signer aws distribution my-videos --bucket my-videos \\
            --origin-access-control E3EXAMPLE --key-group 1f2e3d4c --wait
        """,
    "aws key": """
        cloudfront-signer aws key my-videos --private-key private_key.pem
        """,
    "aws rotate": """
        # first run: add the new key
        cloudfront-signer aws rotate 1f2e3d4c --name next --private-key next_key.pem
        # second run: remove the old key
        cloudfront-signer aws rotate 1f2e3d4c --remove K2JCJMDEHXQW5F
        """,
}
