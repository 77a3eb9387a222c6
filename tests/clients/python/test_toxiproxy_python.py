"""The published package toxiproxy-python against a running server.

It knows neither an update of a toxic nor populating in one request: it compares and creates one
by one.
"""

import time

import pytest
from conftest import FAREWELL, HANG_UP, Connection, mended
from toxiproxy import Toxiproxy
from toxiproxy.exceptions import InvalidToxic, NotFound, ProxyExists


@pytest.fixture
def server(rig):
    server = Toxiproxy()
    server.update_api_consumer("127.0.0.1", rig.port)
    yield server
    server.destroy_all()


@pytest.fixture
def upstream(rig):
    return f"127.0.0.1:{rig.upstream_port}"


@pytest.fixture
def proxy(server, upstream):
    return server.create(upstream=upstream, name="echo")


def connect(proxy):
    return Connection(proxy.listen)


def test_running_and_version(server):
    assert server.running()
    assert b'"2.' in server.version()


def test_create_list_get_destroy(server, proxy, upstream):
    assert not proxy.listen.endswith(":0")
    assert list(server.proxies()) == ["echo"]
    found = server.get_proxy("echo")
    assert (found.upstream, found.enabled, found.listen) == (upstream, True, proxy.listen)
    connect(found).echo(100)
    assert server.destroy(found)
    assert server.get_proxy("echo") is None
    with pytest.raises(ConnectionRefusedError):
        connect(proxy)


def test_create_disabled(server, upstream):
    proxy = server.create(upstream=upstream, name="off", enabled=False)
    assert not server.get_proxy("off").enabled
    proxy.enable()
    assert server.get_proxy("off").enabled


def test_populate_keeps_what_is_the_same_and_replaces_what_differs(server, proxy, upstream):
    live = connect(proxy)
    live.echo(10)
    same = {"name": "echo", "upstream": upstream, "listen": proxy.listen}
    more = {"name": "more", "upstream": upstream, "listen": "127.0.0.1:0"}
    made = server.populate([same, more])
    assert [proxy.name for proxy in made] == ["more"]
    live.echo(10)
    replaced = server.populate([{**same, "listen": "127.0.0.1:0"}])
    assert live.is_cut()
    connect(replaced[0]).echo(10)


def test_down_with_a_live_connection(server, proxy):
    live = connect(proxy)
    live.echo(10)
    with proxy.down():
        assert live.is_cut()
        with pytest.raises(ConnectionRefusedError):
            connect(proxy)
        assert not server.get_proxy("echo").enabled
    connect(proxy).echo(10)


def test_latency_and_its_removal(proxy):
    live = connect(proxy)
    proxy.add_toxic(type="latency", name="slow", stream="upstream", attributes={"latency": 200})
    toxic = proxy.get_toxic("slow")
    assert (toxic.type, toxic.stream, toxic.toxicity) == ("latency", "upstream", 1)
    assert toxic.attributes == {"latency": 200, "jitter": 0}
    assert live.echo(10) >= 200
    assert proxy.destroy_toxic("slow")
    assert proxy.toxics() == {}


def test_toxicity_of_zero(proxy):
    proxy.add_toxic(type="timeout", toxicity=0, attributes={"timeout": 0})
    assert proxy.get_toxic("timeout_downstream").toxicity == 0
    connect(proxy).echo(10)


def test_bandwidth(proxy):
    proxy.add_toxic(type="bandwidth", attributes={"rate": 100})
    assert connect(proxy).echo(50_000) >= 400


def test_slow_close(proxy):
    proxy.add_toxic(type="slow_close", attributes={"delay": 300})
    connection = connect(proxy)
    start = time.monotonic()
    connection.send(b"last" + HANG_UP)
    assert connection.rest() == b"last" + HANG_UP
    assert time.monotonic() - start >= 0.3


def test_timeout_closes(proxy):
    proxy.add_toxic(type="timeout", attributes={"timeout": 300})
    start = time.monotonic()
    connection = connect(proxy)
    connection.send(b"lost")
    assert connection.is_cut()
    assert time.monotonic() - start >= 0.3


def test_timeout_of_zero_holds_until_removed(proxy):
    proxy.add_toxic(type="timeout", attributes={"timeout": 0})
    connection = connect(proxy)
    connection.send(b"lost")
    assert connection.holds(300)
    proxy.destroy_toxic("timeout_downstream")
    assert connection.is_cut()


def test_slicer_keeps_every_byte(proxy):
    attributes = {"average_size": 100, "size_variation": 10, "delay": 10_000}
    proxy.add_toxic(type="slicer", attributes=attributes)
    assert connect(proxy).echo(1000) >= 60


def test_limit_data(proxy):
    proxy.add_toxic(type="limit_data", attributes={"bytes": 10})
    connection = connect(proxy)
    connection.send(b"0123456789, and this is too much")
    assert connection.rest() == b"0123456789"


def test_reset_peer(proxy):
    proxy.add_toxic(type="reset_peer", attributes={"timeout": 100})
    start = time.monotonic()
    connection = connect(proxy)
    connection.send(b"lost")
    with pytest.raises(ConnectionResetError):
        connection.rest()
    assert time.monotonic() - start >= 0.1


def test_reset(server, proxy):
    proxy.add_toxic(type="timeout", attributes={"timeout": 0})
    proxy.disable()
    assert server.reset()
    assert server.get_proxy("echo").enabled
    assert proxy.toxics() == {}
    connect(proxy).echo(10)


def test_errors(server, proxy, upstream):
    proxy.add_toxic(type="noop")
    with pytest.raises(ProxyExists):
        server.create(upstream=upstream, name="echo")
    with pytest.raises(InvalidToxic, match="invalid toxic type"):
        proxy.add_toxic(type="nonsense")
    with pytest.raises(InvalidToxic, match="stream was invalid"):
        proxy.add_toxic(type="latency", stream="sideways")
    with pytest.raises(ProxyExists, match="toxic already exists"):
        proxy.add_toxic(type="noop")
    with pytest.raises(NotFound, match="toxic not found"):
        proxy.destroy_toxic("nothing")
    proxy.destroy()
    with pytest.raises(NotFound, match="proxy not found"):
        proxy.toxics()


def test_mended_06_reset_of_a_live_connection(proxy):
    live = connect(proxy)
    live.echo(10)
    proxy.add_toxic(type="reset_peer", attributes={"timeout": 0})
    live.send(b"lost")
    try:
        live.rest()
        reset = False
    except ConnectionResetError:
        reset = True
    mended(6, reset, "a live connection ends orderly instead of with a reset")


def test_mended_07_half_close(proxy):
    connection = connect(proxy)
    connection.echo(10)
    connection.end_sending()
    mended(7, connection.rest() == FAREWELL, "the answer to the end of the request is lost")
