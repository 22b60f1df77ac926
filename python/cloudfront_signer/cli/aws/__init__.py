"""``aws``: set up CloudFront on AWS, all at once or step by step (extra ``[aws]``)."""
