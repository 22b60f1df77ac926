"""Edges in a program of one's own: started, asked, stopped."""

import asyncio
import socket
import threading

import httpx
import pytest

from cloudfront_signer import CloudFrontSignerError, edge
from cloudfront_signer.edge import Behavior, Configuration


def ask(address):
    with httpx.Client(trust_env=False) as client:
        return client.get(f"{address}/video.mp4").status_code


@pytest.fixture
def configuration(folder):
    return Configuration((Behavior("*", str(folder)),), port=0)


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "edge"]


def test_start_and_stop(configuration):
    server = edge.start(configuration)
    assert ask(server.address) == 200
    assert repr(server) == f"<RunningEdge {server.address}>"
    server.stop()
    server.stop()
    assert repr(server) == f"<RunningEdge {server.address}, stopped>"
    with pytest.raises(httpx.ConnectError):
        ask(server.address)
    assert threads() == []


def test_a_with_block(configuration):
    with edge.start(configuration) as server:
        assert ask(server.address) == 200
    with pytest.raises(httpx.ConnectError):
        ask(server.address)
    with edge.running(configuration) as address:
        assert ask(address) == 200
    assert threads() == []


def test_in_a_notebook(configuration):
    """Where an event loop runs already."""

    async def cell():
        server = edge.start(configuration)
        try:
            async with httpx.AsyncClient(trust_env=False) as client:
                return (await client.get(f"{server.address}/video.mp4")).status_code
        finally:
            server.stop()

    assert asyncio.run(cell()) == 200


def test_several_at_once(configuration):
    servers = [edge.start(configuration) for _ in range(3)]
    try:
        assert len({server.address for server in servers}) == 3
        assert [ask(server.address) for server in servers] == [200, 200, 200]
    finally:
        for server in servers:
            server.stop()


def test_what_cannot_start_leaves_nothing(folder):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CloudFrontSignerError, match="choose another"):
            edge.start(Configuration((Behavior("*", str(folder)),), port=port))
    with pytest.raises(CloudFrontSignerError, match="no such folder"):
        edge.start(Configuration((Behavior("*", str(folder / "none")),), port=0))
    assert threads() == []
