"""psycopg against a Postgres whose messages are torn, at a border that the server knows by its framing."""

import os
import time

import psycopg
import pytest
import requests


@pytest.fixture
def proxy(rig):
    base = f"http://127.0.0.1:{rig.port}"
    upstream = f"127.0.0.1:{os.environ['PGPORT']}"
    made = requests.post(f"{base}/proxies", json={"name": "pg", "listen": "127.0.0.1:0", "upstream": upstream})
    made.raise_for_status()
    yield f"{base}/proxies/pg", made.json()["listen"].rsplit(":", 1)[1]
    requests.delete(f"{base}/proxies/pg").raise_for_status()


def tear(url, message, byte, end):
    toxic = {
        "name": "torn",
        "type": "limit_data",
        "framing": "postgres",
        "cut": {"message": message, "byte": byte},
        "end": end,
        "match": {"connections": "1"},
    }
    requests.post(f"{url}/toxics", json=toxic).raise_for_status()


def ask(port):
    options = {"port": port, "sslmode": "disable", "gssencmode": "disable", "connect_timeout": 5}
    with psycopg.connect(**options) as connection:
        connection.execute("SET statement_timeout = '5s'")
        return connection.execute("SELECT 40 + 2, repeat('x', 1000)").fetchone()[0]


@pytest.mark.parametrize("end", ["fin", "rst"])
def test_a_driver_torn_in_the_third_message_reports_an_error_and_reconnects(proxy, end):
    url, port = proxy
    tear(url, 3, 5, end)
    start = time.monotonic()
    with pytest.raises(psycopg.OperationalError):
        ask(port)
    assert time.monotonic() - start < 5
    stats = requests.get(f"{url}/toxics/torn/stats").json()
    assert stats["hits"]["connections"] == 1
    assert ask(port) == 42


def test_every_message_of_a_session_can_be_torn(rig):
    """Each message of the answer in turn: the driver raises an error, before the last one at the latest."""
    base = f"http://127.0.0.1:{rig.port}"
    failed = []
    for message in range(1, 60):
        name = f"pg{message}"
        upstream = f"127.0.0.1:{os.environ['PGPORT']}"
        body = {"name": name, "listen": "127.0.0.1:0", "upstream": upstream}
        made = requests.post(f"{base}/proxies", json=body).json()
        tear(f"{base}/proxies/{name}", message, 3, "fin")
        try:
            ask(made["listen"].rsplit(":", 1)[1])
            break
        except psycopg.Error as error:
            failed.append(type(error).__name__)
        finally:
            requests.delete(f"{base}/proxies/{name}").raise_for_status()
    else:
        pytest.fail("every message was torn, and there are not so many")
    assert len(failed) > 15, failed
