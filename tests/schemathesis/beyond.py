"""What goes beyond Toxiproxy: sessions and connections that are there to be met, and what no schema
can hold together in the keys of toxics. A value that the schema refuses is left as it is.
"""

import json
import os
import re
import socket
from pathlib import Path

import requests

API = os.environ["ACONITE_API"]
HEADERS = {"Authorization": f"Bearer {os.environ['TOXIPROXY_AUTH_TOKEN']}"}
SESSION = "s"
SESSIONS = ("/sessions", "/sessions/{session}/renew")
DOCUMENT = Path(__file__).parents[2] / "api" / "openapi.json"
SCHEMAS = json.loads(DOCUMENT.read_text())["components"]["schemas"]
LONGEST = SCHEMAS["Span"]["maximum"]
# Its upstream is the API itself, which waits for a request.
LIVE = [{"name": "live", "listen": "127.0.0.1:0", "upstream": API.rsplit("/", 1)[1]}]
ACT_ON_ANSWERS = ("respond", "rate_limit", "status_code", "modify_body")
clients = []


def ask(method, path, body=None):
    return requests.request(method, API + path, json=body, headers=HEADERS, timeout=10)


def is_text(value, schema):
    return isinstance(value, str) and re.search(SCHEMAS[schema]["pattern"], value) is not None


def is_span(value):
    number = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LONGEST
    return number or is_text(value, "Span")


def is_session(value):
    return isinstance(value, str) and 0 < len(value) <= 4096


def there(path):
    """Names of what is there, once this has seen to it."""
    if "{session}" in path:
        ask("POST", "/sessions", {"name": SESSION, "ttl": "1h"})
        return {"session": SESSION}
    if "/connections" in path:
        return {"proxy": "live", "connection": live()}
    if path.endswith("/profile"):
        ask("PUT", "/proxies/p/profile", {"name": "4g"})
    return {"proxy": "p", "toxic": "t"}


def live():
    """The number of a connection that is open."""
    ask("POST", "/populate", LIVE)
    ask("PATCH", "/proxies/live", {"enabled": True})
    for _ in range(3):
        listed = ask("GET", "/proxies/live/connections").json()["connections"]
        if listed:
            return listed[-1]["id"]
        proxy = ask("GET", "/proxies/live").json()
        host, port = proxy["listen"].rsplit(":", 1)
        clients[:] = [socket.create_connection((host, int(port)), timeout=10)]
    return 1


def start_session(case):
    """Sessions end soon: there can only be so many."""
    if isinstance(case.body, dict) and "ttl" in case.body:
        ttl = case.body["ttl"]
        ttl = int(ttl) if isinstance(ttl, float) and ttl.is_integer() else ttl
        if is_text(ttl, "LongerSpan") or (isinstance(ttl, int) and is_span(ttl) and ttl):
            case.body["ttl"] = "1.5s"
    listed = ask("GET", "/sessions").json()["sessions"]
    if len(listed) > 500:
        for one in listed:
            ask("DELETE", f"/sessions/{requests.utils.quote(one['name'], safe='')}")


def tame_proxy(proxy):
    seed = proxy.get("seed")
    if isinstance(seed, float) and seed.is_integer():
        proxy["seed"] = int(seed)
    if is_session(proxy.get("profile")) and proxy["profile"]:
        proxy["profile"] = "3g"
    if is_session(proxy.get("session")):
        ask("POST", "/sessions", {"name": SESSION, "ttl": "1h"})
        proxy["session"] = SESSION
    return proxy


def tame_profile(profile, as_written):
    """No schema knows which profiles there are."""
    if is_session(profile.get("name")):
        profile = {**profile, "name": "3g"}
    return tame_toxic(profile, as_written)


def tame_toxic(toxic, as_written):
    """A schema cannot hold `every` and `duration` together, nor know sessions."""
    toxic = {name: as_written(one) if name in KEYS else one for name, one in toxic.items()}
    inside = toxic.get("attributes")
    for keys in [toxic, inside if isinstance(inside, dict) else {}]:
        for name in keys.keys() & KEYS.keys():
            keys[name] = KEYS[name](keys[name])
        if is_span(keys.get("every")) and keys["every"] != 0:
            for one in [keys, toxic]:
                if one.get("duration") is None or is_span(one["duration"]):
                    one["duration"] = "30s"
    if toxic.get("type") in ACT_ON_ANSWERS and toxic.get("stream") in ("upstream", "both"):
        # Nor can it hold a type and a stream together.
        toxic["stream"] = "downstream"
    return tame_proxy(toxic)


def tame_span(span):
    return "0.5m" if is_text(span, "LongerSpan") else span


def tame_every(span):
    if not is_span(span):
        return span
    return 60_000 if isinstance(span, int) and span else "1h" if is_text(span, "LongerSpan") else span


def tame_session(session):
    return tame_proxy({"session": session})["session"]


def tame_match(match):
    if not isinstance(match, dict):
        return match
    tamed = dict(match)
    client = tamed.get("client")
    if isinstance(client, list):
        tamed["client"] = [tame_network(one) for one in client]
    elif "client" in tamed:
        tamed["client"] = tame_network(client)
    if is_text(tamed.get("connections"), "Ordinals"):
        tamed["connections"] = "1-3, 7,10-"
    return tamed


def tame_network(network):
    """The pattern of IPv6 takes more than there is."""
    _, ipv6 = SCHEMAS["Network"]["anyOf"]
    fits = isinstance(network, str) and re.search(ipv6["pattern"], network)
    return "fe80::/10" if fits else network


KEYS = {
    "duration": tame_span,
    "start_after": tame_span,
    "every": tame_every,
    "session": tame_session,
    "seed": lambda seed: seed,
    "replay": lambda replay: replay,
    "match": tame_match,
}
