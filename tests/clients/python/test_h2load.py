"""nghttp2's load generator and server through a proxy: all answers arrive whole, whatever toxics do beside."""

import re
import socket
import subprocess
import time

import pytest
import requests

BIG = 300_000


@pytest.fixture
def site(rig, tmp_path):
    (tmp_path / "plain").write_bytes(b"hello")
    (tmp_path / "slow").write_bytes(b"s" * BIG)
    (tmp_path / "big").write_bytes(b"b" * BIG)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        upstream = probe.getsockname()[1]
    command = ["nghttpd", "--no-tls", "-a", "127.0.0.1", "-d", str(tmp_path), str(upstream)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", upstream)) == 0:
                break
        time.sleep(0.05)
    proxies = f"http://127.0.0.1:{rig.port}/proxies"
    asked = {"name": "site", "listen": "127.0.0.1:0", "upstream": f"127.0.0.1:{upstream}", "http": True}
    made = requests.post(proxies, json=asked)
    assert made.status_code == 201, made.text
    yield made.json()["listen"], f"{proxies}/site/toxics"
    requests.delete(f"{proxies}/site")
    server.kill()
    server.wait()


def load(address, paths, *options):
    """How many requests succeeded and failed by status, and how many bytes of bodies came."""
    urls = [f"http://{address}/{path}" for path in paths]
    command = ["h2load", "-n", "120", "-c", "3", "-m", "20", *options, *urls]
    text = subprocess.run(command, capture_output=True, text=True, timeout=120).stdout
    done = re.search(r"(\d+) done, (\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout", text)
    assert done, text
    size = int(re.search(r"\((\d+)\) data", text)[1])
    return [int(number) for number in done.groups()], size


WINDOWS = [(), ("-w", "16", "-W", "17")]


@pytest.mark.parametrize("windows", WINDOWS)
def test_everything_passes_without_a_toxic(site, windows):
    address, _ = site
    counts, size = load(address, ["plain", "big"], *windows)
    assert counts == [120, 120, 0, 0, 0]
    assert size == 60 * (5 + BIG)


@pytest.mark.parametrize("windows", WINDOWS)
def test_answers_of_both_sides_share_the_windows(site, windows):
    address, toxics = site
    body = "n" * BIG
    for toxic in [
        {"type": "respond", "attributes": {"status": 503}, "body": body, "match": {"http": {"path": "/given"}}},
        {"type": "latency", "attributes": {"latency": 300}, "match": {"http": {"path": "/slow"}}},
    ]:
        answer = requests.post(toxics, json=toxic)
        assert answer.status_code == 200, answer.text
    counts, size = load(address, ["plain", "given", "big", "slow"], *windows)
    assert counts == [120, 90, 30, 0, 0]
    assert size == 30 * (5 + 3 * BIG)
