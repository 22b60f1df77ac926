"""What lists of commands say of each, and what each ``--help`` shows at its end: command lines that can be copied."""

_SITE = "https://d111111abcdef8.cloudfront.net"
_SIGNS = "--key-pair-id K2JCJMDEHXQW5F --private-key private_key.pem"

# Shorter than the first line of their help, so that it fits a terminal.
SUMMARIES = {
    "sign": "Sign URLs, one or many.",
    "cookies": "Sign cookies.",
    "policy": "Print a policy, or decode one.",
    "inspect": "Show what a URL or cookies say, and what is wrong.",
    "keygen": "Make a key pair.",
    "demo": "See all of it work, without an AWS account.",
    "edge": "Serve content on this machine as CloudFront would.",
    "aws": "Set up CloudFront, all at once or step by step.",
    "aws bucket": "Step 1: a bucket that is closed to the public.",
    "aws origin-access": "Step 2: an origin access control.",
    "aws grant": "Step 3: let distributions read the bucket.",
    "aws distribution": "Step 4: a distribution, open or signed.",
    "aws check": "Step 5: who is let in, and who is not.",
    "aws key": "Step 6: a key pair, trusted by a key group.",
    "aws try": "Steps 7 and 8: sign a URL, and fetch it.",
    "aws up": "All steps; run it again to go on.",
    "aws status": "What is ours, and how it is now.",
    "aws down": "Remove what is ours.",
    "aws rotate": "Change keys.",
    "aws permissions": "The IAM policy that all of this needs.",
    "aws template": "The same for CloudFormation or Terraform.",
}

# What all commands with --json have in common.
ERRORS = """\
With --json what ends a command is an object on standard error: {"error", "message", "status"}. error is a name, such \
as InvalidUrlError, or UsageError for wrong use; status is the exit status: 1, or 2 for wrong use. Remarks are \
{"warning"} and {"note"}."""

# By command. A line that starts with # says what the next does; a backslash ends a line that goes on.
EXAMPLES = {
    "": f"""
        cloudfront-signer keygen --out private_key.pem
        cloudfront-signer sign --url {_SITE}/a.mp4 \\
            {_SIGNS} \\
            --date-less-than 2h
        cloudfront-signer inspect "$URL" --public-key private_key.pub.pem
        # no AWS account is needed for this one
        cloudfront-signer demo --serve
        """,
    "sign": f"""
        cloudfront-signer sign --url {_SITE}/a.mp4 \\
            {_SIGNS} \\
            --date-less-than 2h
        # everything below /hls/, for one viewer
        cloudfront-signer sign \\
            --url {_SITE}/hls/1.ts \\
            {_SIGNS} \\
            --policy-resource '{_SITE}/hls/*' \\
            --ip-address 192.0.2.7 --date-less-than 2030-01-31
        # a file of URLs; what is no URL is left out
        cloudfront-signer sign --urls-from urls.txt --keep-going --json \\
            {_SIGNS} \\
            --date-less-than 7d
        """,
    "cookies": f"""
        cloudfront-signer cookies \\
            --resource '{_SITE}/*' \\
            {_SIGNS} \\
            --date-less-than 2h
        # for a site and the distribution beside it
        cloudfront-signer cookies --resource 'https://media.example.com/*' \\
            {_SIGNS} \\
            --date-less-than 2h --domain example.com
        """,
    "policy": f"""
        cloudfront-signer policy \\
            --resource '{_SITE}/*' \\
            --date-less-than 2030-01-31T12:00:00Z --ip-address 192.0.2.0/24
        # what a policy of a URL or a cookie says
        cloudfront-signer policy --decode "$POLICY"
        """,
    "inspect": f"""
        cloudfront-signer inspect "$URL"
        # is it let in, and if not, why
        cloudfront-signer inspect "$URL" --public-key private_key.pub.pem
        # cookies, copied from a browser, need the URL that is requested
        cloudfront-signer inspect "$COOKIE" \\
            --request {_SITE}/a.mp4 \\
            --public-key K2JCJMDEHXQW5F=private_key.pub.pem --json
        """,
    "keygen": """
        cloudfront-signer keygen --out private_key.pem
        # short URLs, signed fast; with a passphrase
        cloudfront-signer keygen --out private_key.pem --kind ecdsa-p256 --encrypt
        """,
    "demo": """
        cloudfront-signer demo
        # keep running, and open a page that plays the video
        cloudfront-signer demo --serve
        """,
    "edge": """
        cloudfront-signer edge --origin ./videos \\
            --public-key K2JCJMDEHXQW5F=private_key.pub.pem
        # as the distribution that the URLs were signed for
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
        # first see what it would do
        cloudfront-signer aws up --bucket my-videos --dry-run
        # and then what Django needs to sign with it
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
        # begin; then switch the signers, and wait until the old URLs have expired
        cloudfront-signer aws rotate 1f2e3d4c --name next --private-key next_key.pem
        # end
        cloudfront-signer aws rotate 1f2e3d4c --remove K2JCJMDEHXQW5F
        """,
}
