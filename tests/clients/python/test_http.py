"""Clients of HTTP, and of providers of models, against an API whose answers go wrong.

requests, httpx, aiohttp, websockets, openai and anthropic; the API is served by hypercorn.
"""

import asyncio
import socket
import threading
import time
from types import SimpleNamespace

import aiohttp
import anthropic
import httpx
import openai
import pytest
import requests
import websockets
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

import http_upstream
from conftest import accepts

CHAT = "/v1/chat/completions"
MESSAGES = [{"role": "user", "content": "hello"}]


@pytest.fixture(scope="session")
def upstream():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    api, end = http_upstream.Api(), threading.Event()
    thread = threading.Thread(target=http_upstream.run, args=(api, port, end), daemon=True)
    thread.start()
    for _ in range(200):
        if accepts(port):
            break
        time.sleep(0.05)
    yield SimpleNamespace(port=port, api=api)
    end.set()
    thread.join(5)


@pytest.fixture
def proxy(rig, upstream):
    base = f"http://127.0.0.1:{rig.port}"
    body = {"name": "api", "listen": "127.0.0.1:0", "upstream": f"http://127.0.0.1:{upstream.port}"}
    made = requests.post(f"{base}/proxies", json=body)
    assert made.ok, made.text
    url = f"{base}/proxies/api"
    upstream.api.seen.clear()

    def add(kind, http=None, **toxic):
        toxic = {"name": kind, "type": kind} | toxic
        if http is not None:
            toxic["match"] = {"http": http}
        answer = requests.post(f"{url}/toxics", json=toxic)
        assert answer.ok, answer.text

    def requests_of(name):
        return requests.get(f"{url}/toxics/{name}/stats").json()["requests"]

    listen = made.json()["listen"]
    yield SimpleNamespace(
        address=listen, url=f"http://{listen}", add=add, requests_of=requests_of, seen=upstream.api.seen, api=url
    )
    requests.delete(url).raise_for_status()


def with_retries(total):
    session = requests.Session()
    retry = Retry(total=total, status_forcelist=[429, 503], allowed_methods=None, backoff_factor=0)
    session.mount("http://", HTTPAdapter(max_retries=retry))
    return session


def openai_client(proxy, **options):
    return openai.OpenAI(api_key="k", base_url=f"{proxy.url}/v1", **options)


def anthropic_client(proxy, **options):
    return anthropic.Anthropic(api_key="k", base_url=proxy.url, **options)


def chat(client, **options):
    return client.chat.completions.create(model="m", messages=MESSAGES, **options)


def message(client, **options):
    return client.messages.create(model="m", max_tokens=9, messages=MESSAGES, **options)


def test_requests_waits_as_long_as_retry_after_says(proxy):
    proxy.add("respond", {"requests": "1-2"}, attributes={"status": 429, "retry_after": 1})
    start = time.monotonic()
    with with_retries(3) as session:
        assert session.get(f"{proxy.url}/a").json()["path"] == "/a"
    assert time.monotonic() - start >= 2
    assert proxy.seen == ["GET /a"]
    assert proxy.requests_of("respond")["acted"] == 2


def test_one_connection_carries_given_and_real_answers(proxy):
    proxy.add("respond", {"path": "/given*"}, attributes={"status": 418}, body="short and stout")
    with requests.Session() as session:
        for number in range(20):
            given = session.get(f"{proxy.url}/given{number}")
            assert (given.status_code, given.text) == (418, "short and stout")
            assert session.head(f"{proxy.url}/given").status_code == 418
            assert session.get(f"{proxy.url}/real{number}").json()["path"] == f"/real{number}"
        connections = requests.get(f"{proxy.api}/connections").json()
    assert len(connections["connections"] if isinstance(connections, dict) else connections) == 1
    assert proxy.seen == [f"GET /real{number}" for number in range(20)]


def test_an_upload_that_is_answered_at_once_leaves_the_connection_usable(proxy):
    proxy.add("respond", {"method": "PUT"}, attributes={"status": 503})
    body = b"x" * 20_000_000
    with requests.Session() as session:
        assert session.put(f"{proxy.url}/big", data=body).status_code == 503
        stored = session.post(f"{proxy.url}/big", data=body).json()
    assert stored["size"] == len(body)
    assert proxy.seen == ["POST /big"]


def test_one_slow_endpoint_leaves_the_others_alone(proxy):
    proxy.add("latency", {"path": "/search*"}, attributes={"latency": 400})

    async def times():
        async with aiohttp.ClientSession() as session:

            async def one(path):
                start = time.monotonic()
                async with session.get(proxy.url + path) as answer:
                    assert (await answer.json())["path"] == path.partition("?")[0]
                return time.monotonic() - start

            await one("/warm")
            return await asyncio.gather(one("/search?q=1"), one("/other"), one("/search"))

    slow, fast, also_slow = asyncio.run(times())
    assert min(slow, also_slow) >= 0.4 > fast


def test_a_stream_cut_after_five_events_is_an_error_for_httpx(proxy):
    after = {"content_type": "text/event-stream", "after": {"events": 5}}
    proxy.add("limit_data", after, attributes={"bytes": 0})
    lines = []
    with pytest.raises(httpx.RemoteProtocolError):
        with httpx.stream("POST", proxy.url + CHAT, json={"stream": True}) as answer:
            lines.extend(line for line in answer.iter_lines() if line)
    assert len(lines) == 5


def test_a_stream_reset_after_five_events_is_a_read_error_for_httpx(proxy):
    proxy.add("reset_peer", {"after": {"events": 5}, "path": CHAT})
    lines = []
    with pytest.raises(httpx.ReadError):
        with httpx.stream("POST", proxy.url + CHAT, json={"stream": True}) as answer:
            lines.extend(line for line in answer.iter_lines() if line)
    assert len(lines) <= 5


def test_a_stream_that_ends_early_and_cleanly_is_no_error_and_lacks_its_last_event(proxy):
    proxy.add("limit_data", {"after": {"events": 5}}, attributes={"bytes": 0}, end="message")
    with httpx.Client() as client:
        text = client.post(proxy.url + CHAT, json={"stream": True}).text
        assert text.count("data: ") == 5 and "[DONE]" not in text
        assert client.get(f"{proxy.url}/next").json()["path"] == "/next"


def test_tokens_can_be_slow(proxy):
    proxy.add("latency", {"split": "events", "path": CHAT}, attributes={"latency": 100})
    with openai_client(proxy, max_retries=0) as client:
        start = time.monotonic()
        tokens = [part.choices[0].delta.content for part in chat(client, stream=True)]
        assert time.monotonic() - start >= 0.1
    assert "".join(token for token in tokens if token) == "".join(http_upstream.TOKENS)


def test_openai_retries_after_the_time_that_its_preset_names(proxy):
    proxy.add("respond", {"requests": "1-2"}, preset="openai-rate-limit", attributes={"retry_after": 1})
    start = time.monotonic()
    with openai_client(proxy, max_retries=3) as client:
        assert chat(client).choices[0].message.content
    assert time.monotonic() - start >= 2
    counts = requests.get(f"{proxy.api}/toxics/respond/stats").json()
    assert counts["requests"]["acted"] == 2
    assert counts["retries"]["early"] == 0


@pytest.mark.parametrize(
    ("preset", "error"),
    [
        ("openai-rate-limit", openai.RateLimitError),
        ("openai-overloaded", openai.InternalServerError),
        ("azure-openai-throttle", openai.RateLimitError),
        ("gemini-quota", openai.RateLimitError),
    ],
)
def test_openai_raises_its_own_error_for_a_preset(proxy, preset, error):
    proxy.add("respond", preset=preset)
    with openai_client(proxy, max_retries=0) as client, pytest.raises(error) as raised:
        chat(client)
    assert raised.value.body


@pytest.mark.parametrize(
    ("preset", "status"), [("anthropic-rate-limit", 429), ("anthropic-overloaded", 529)]
)
def test_anthropic_raises_its_own_error_for_a_preset(proxy, preset, status):
    proxy.add("respond", preset=preset)
    with anthropic_client(proxy, max_retries=0) as client, pytest.raises(anthropic.APIStatusError) as raised:
        message(client)
    assert raised.value.status_code == status
    assert raised.value.body["type"] == "error"


def test_openai_reports_a_stream_that_is_cut(proxy):
    proxy.add("limit_data", {"after": {"events": 3}}, attributes={"bytes": 0})
    got = []
    with openai_client(proxy, max_retries=0) as client:
        with pytest.raises(openai.APIConnectionError):
            for part in chat(client, stream=True):
                got.append(part)
    assert len(got) == 3


def test_openai_raises_for_an_error_event_in_mid_stream(proxy):
    proxy.add("modify_body", {"after": {"events": 3}}, preset="openai-stream-error")
    got = []
    with openai_client(proxy, max_retries=0) as client:
        with pytest.raises(openai.APIError):
            for part in chat(client, stream=True):
                got.append(part)
    assert len(got) == 3


def test_anthropic_raises_for_an_error_event_in_mid_stream(proxy):
    proxy.add("modify_body", {"after": {"events": 4}}, preset="anthropic-stream-error")
    with anthropic_client(proxy, max_retries=0) as client:
        with pytest.raises(anthropic.APIStatusError):
            for _ in message(client, stream=True):
                pass


def test_an_event_can_come_twice(proxy):
    proxy.add("modify_body", {"after": {"events": 2}}, attributes={"repeat_event": 1})
    with openai_client(proxy, max_retries=0) as client:
        tokens = [part.choices[0].delta.content for part in chat(client, stream=True)]
    assert [token for token in tokens if token][:3] == ["token0 ", "token1 ", "token1 "]


def test_a_websocket_passes_untouched_beside_a_rule(proxy):
    proxy.add("respond", {"path": "/never"})

    async def talk():
        async with websockets.connect(f"ws://{proxy.address}/ws", max_size=None) as socket_:
            for data in [b"x" * 1_000_000, "text", b""]:
                await socket_.send(data)
                assert await socket_.recv() == data

    asyncio.run(talk())


def test_the_handshake_of_a_websocket_can_be_refused(proxy):
    proxy.add("respond", {"path": "/ws"}, attributes={"status": 503})

    async def talk():
        async with websockets.connect(f"ws://{proxy.address}/ws"):
            pass

    with pytest.raises(websockets.exceptions.InvalidStatus) as raised:
        asyncio.run(talk())
    assert raised.value.response.status_code == 503


def test_an_upstream_that_is_not_there_is_a_502_that_says_why(rig):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        dead = probe.getsockname()[1]
    base = f"http://127.0.0.1:{rig.port}"
    body = {"name": "dead", "listen": "127.0.0.1:0", "upstream": f"http://127.0.0.1:{dead}"}
    listen = requests.post(f"{base}/proxies", json=body).json()["listen"]
    try:
        with requests.Session() as session:
            for _ in range(3):
                answer = session.get(f"http://{listen}/")
                assert answer.status_code == 502
                assert str(dead) in answer.text
        toxic = {"type": "respond", "preset": "openai-rate-limit"}
        assert requests.post(f"{base}/proxies/dead/toxics", json=toxic).ok
        with openai.OpenAI(api_key="k", base_url=f"http://{listen}/v1", max_retries=0) as client:
            with pytest.raises(openai.RateLimitError):
                chat(client)
    finally:
        requests.delete(f"{base}/proxies/dead").raise_for_status()
