"""gRPC through a proxy: statuses that toxics give, and faults of single streams while others go on."""

import threading
import time
from concurrent import futures
from types import SimpleNamespace

import grpc
import pytest
import requests


def same(message):
    return message


class Handlers(grpc.GenericRpcHandler):
    """Answers every method: those whose name begins with `Stream` with 40 messages, others with an echo."""

    def service(self, details):
        if "/Stream" in details.method:
            return grpc.unary_stream_rpc_method_handler(lambda *_: iter([b"x" * 5000] * 40), same, same)
        return grpc.unary_unary_rpc_method_handler(lambda request, _: request + b"!", same, same)


@pytest.fixture
def shop(rig):
    server = grpc.server(futures.ThreadPoolExecutor(8), handlers=[Handlers()])
    upstream = server.add_insecure_port("127.0.0.1:0")
    server.start()
    proxies = f"http://127.0.0.1:{rig.port}/proxies"
    asked = {"name": "shop", "listen": "127.0.0.1:0", "upstream": f"127.0.0.1:{upstream}", "http": True}
    made = requests.post(proxies, json=asked)
    assert made.status_code == 201, made.text

    def add(**toxic):
        path = toxic.pop("path")
        toxic["match"] = {"http": {"path": path}}
        answer = requests.post(f"{proxies}/shop/toxics", json=toxic)
        assert answer.status_code == 200, answer.text

    options = [("grpc.enable_retries", 0)]
    with grpc.insecure_channel(made.json()["listen"], options=options) as channel:
        yield SimpleNamespace(add=add, channel=channel)
    requests.delete(f"{proxies}/shop")
    server.stop(None)


def call(shop, method, message=b"hi"):
    """The answer or the error, and how long it took in seconds."""
    start = time.monotonic()
    try:
        found = shop.channel.unary_unary(f"/shop.Cart/{method}", same, same)(message, timeout=20)
    except grpc.RpcError as error:
        found = error
    return found, time.monotonic() - start


@pytest.mark.parametrize(("number", "code"), [(14, "UNAVAILABLE"), (8, "RESOURCE_EXHAUSTED")])
def test_a_status_with_pushback_is_given_on_an_open_channel(shop, number, code):
    assert call(shop, "Add")[0] == b"hi!"
    shop.add(
        type="respond",
        attributes={"grpc_status": number, "retry_after_ms": 1500},
        body="try later: 50 %",
        path="/shop.Cart/Busy",
    )
    for message in (b"hi", b"x" * 1_000_000):
        error, _ = call(shop, "Busy", message)
        assert error.code().name == code
        assert error.details() == "try later: 50 %"
        assert dict(error.trailing_metadata())["grpc-retry-pushback-ms"] == "1500"
        assert call(shop, "Add", message)[0] == message + b"!"


def test_a_slow_method_holds_back_no_other(shop):
    shop.add(type="latency", attributes={"latency": 2000}, path="/shop.Cart/*Slow")
    found = []
    slow = [
        threading.Thread(target=lambda: found.append(call(shop, "Slow"))),
        threading.Thread(
            target=lambda: found.append(len(list(shop.channel.unary_stream("/shop.Cart/StreamSlow", same, same)(b""))))
        ),
    ]
    start = time.monotonic()
    for thread in slow:
        thread.start()
    streams = 0
    while time.monotonic() - start < 1:
        assert call(shop, "Add", b"x" * 100_000)[1] < 1.5
        streams += len(list(shop.channel.unary_stream("/shop.Cart/Stream", same, same)(b"")))
    assert streams >= 40
    assert not found
    for thread in slow:
        thread.join()
    assert time.monotonic() - start >= 2
    assert 40 in found
    assert any(one != 40 and one[0] == b"hi!" and one[1] >= 2 for one in found)


def test_a_reset_ends_one_call(shop):
    shop.add(type="reset_peer", attributes={"timeout": 0}, path="/shop.Cart/Reset")
    for _ in range(5):
        assert call(shop, "Reset")[0].code() == grpc.StatusCode.INTERNAL
        assert call(shop, "Add")[0] == b"hi!"


def test_a_call_without_an_answer_reaches_its_deadline(shop):
    shop.add(type="timeout", attributes={"timeout": 0}, path="/shop.Cart/Silent")
    silent = shop.channel.unary_unary("/shop.Cart/Silent", same, same)
    with pytest.raises(grpc.RpcError) as raised:
        silent(b"hi", timeout=0.5)
    assert raised.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    assert call(shop, "Add")[0] == b"hi!"
