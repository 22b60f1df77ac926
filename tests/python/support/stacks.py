"""What several tests ask of a stack: how many parts there are, and a run that is killed at a given point."""

import os

WHOLE = {"buckets": 1, "controls": 1, "keys": 1, "groups": 1, "policies": 0, "distributions": 1}
NOTHING = dict.fromkeys(WHOLE, 0)


def counts(client):
    """How many there are of each kind."""
    cloudfront = client("cloudfront")
    policies = [
        cloudfront.list_cache_policies(Type="custom")["CachePolicyList"],
        cloudfront.list_response_headers_policies(Type="custom")["ResponseHeadersPolicyList"],
    ]
    return {
        "buckets": len(client("s3").list_buckets()["Buckets"]),
        "controls": cloudfront.list_origin_access_controls()["OriginAccessControlList"].get("Quantity", 0),
        "keys": cloudfront.list_public_keys()["PublicKeyList"].get("Quantity", 0),
        "groups": cloudfront.list_key_groups()["KeyGroupList"].get("Quantity", 0),
        "policies": sum(one["Quantity"] for one in policies),
        "distributions": cloudfront.list_distributions()["DistributionList"].get("Quantity", 0),
    }


def trusted(client, group_id):
    """The keys of a group."""
    return client("cloudfront").get_key_group(Id=group_id)["KeyGroup"]["KeyGroupConfig"]["Items"]


def killed_at(point, work):
    """Run in a child that ends, as by kill -9, just before its calls of AWS or just after their answers; whether it
    came so far: points 0 and 1 are before and after the first call, 2 and 3 before and after the second.
    """
    child = os.fork()
    if child:
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert status in (0, 9), "it failed by itself"
        return status == 9
    import botocore.httpsession

    send, seen = botocore.httpsession.URLLib3Session.send, 0

    def counted(self, request):
        nonlocal seen
        if seen == point:
            os._exit(9)
        answer = send(self, request)
        if seen + 1 == point:
            os._exit(9)
        seen += 2
        return answer

    botocore.httpsession.URLLib3Session.send = counted
    try:
        work()
        os._exit(0)
    except BaseException:
        os._exit(1)
