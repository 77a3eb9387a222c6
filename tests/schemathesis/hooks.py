"""Keeps the requests on this machine, and lets them meet something.

Fuzzed proxies must not listen on other addresses than loopback's, nor look up names. What a body
says of `listen` is replaced unless it is refused without a look at the system.
"""

import os
import re
import zlib

import beyond
import requests
import schemathesis

API = os.environ["ACONITE_API"]
HEADERS = {"Authorization": f"Bearer {os.environ['TOXIPROXY_AUTH_TOKEN']}"}
TAKEN = API.rsplit("/", 1)[1]
LISTENS = [
    "127.0.0.1:0",
    "127.0.0.1:0",
    "127.0.0.1:",
    "localhost:0",
    "[::ffff:127.0.0.1]:0",
    TAKEN,
    "a:99999",
    "[::1]80:1",
]
THERE = [
    {
        "name": "p",
        "listen": "127.0.0.1:0",
        "upstream": "127.0.0.1:9",
        "enabled": False,
        "toxics": [{"name": "t", "type": "latency", "attributes": {"latency": 5}}],
    }
]


def choice(text, among):
    """One that depends on the text alone, so that a seed means the same at every run."""
    return among[zlib.crc32(repr(text).encode()) % len(among)]


def as_written(value):
    """JSON Schema takes 5.0 for an integer; the server, like the reference, does not."""
    if isinstance(value, dict):
        written = {name: as_written(one) for name, one in value.items()}
        average, variation = written.get("average_size"), written.get("size_variation")
        # Nor can a schema hold the two of a slicer together.
        if isinstance(average, int) and isinstance(variation, int) and 0 < average < variation:
            written["size_variation"] = average
        return written
    return int(value) if isinstance(value, float) and value.is_integer() else value


def once_each(toxics):
    """No schema can say that names of toxics are not to be repeated."""
    if not isinstance(toxics, list):
        return toxics
    kept = {}
    for toxic in toxics:
        name = str(toxic)
        if isinstance(toxic, dict):
            stream = toxic.get("stream") or "downstream"
            name = toxic.get("name") or f"{toxic.get('type')}_{stream}"
            toxic = as_written_toxic(toxic)
        kept.setdefault(str(name), toxic)
    return list(kept.values())


def as_written_toxic(toxic):
    changed = {name for name in toxic if name.lower() == "attributes"}
    written = {name: as_written(one) if name in changed else one for name, one in toxic.items()}
    return beyond.tame_toxic(written, as_written)


def tame(value, creates):
    if isinstance(value, list):
        return [tame(one, creates) for one in value]
    if not isinstance(value, dict):
        return value
    tamed = {}
    for name, one in value.items():
        if name.lower().replace("\u017f", "s") == "listen" and isinstance(one, str):
            # Without a colon it is refused, except that nothing is any address.
            refused = one and ":" not in one
            one = one if refused else choice(value, LISTENS)
        tamed[name] = once_each(one) if name.lower() == "toxics" else one
    tamed = beyond.tame_proxy(tamed) if creates else as_written_toxic(tamed)
    if creates and "name" in value and not isinstance(value.get("listen"), (str, int, list, dict)):
        tamed["listen"] = choice(value, LISTENS)
    return tamed


@schemathesis.hook
def before_call(context, case, kwargs):
    creates = case.path in ("/proxies", "/populate")
    if case.path in beyond.SESSIONS:
        beyond.start_session(case)
    elif case.path.endswith("/profile") and isinstance(case.body, dict):
        case.body = beyond.tame_profile(case.body, as_written)
    elif isinstance(case.body, (dict, list)):
        case.body = tame(case.body, creates)
    names = case.path_parameters or {}
    if "proxy" in names:
        requests.post(f"{API}/populate", json=THERE, headers=HEADERS, timeout=10)
    there = beyond.there(case.path)
    # What is not described must not be added, or the request counts as a wrong one; and what makes it
    # one stays.
    if choice(names, range(4)):
        good = [name for name in names if name != "connection" or str(names[name]).isdecimal()]
        names.update({name: there[name] for name in good})
    if case.path == "/events" and (case.query or {}).get("follow", "true") == "true":
        # It would go on for ever.
        case.query = {**(case.query or {}), "follow": "false"}
    query = case.query if isinstance(case.query, dict) else {}
    if case.path == "/reset" and "proxy" in query and isinstance(query.get("session"), str):
        # A schema cannot say that only one of the two is taken.
        del query["proxy"]
    if isinstance(case.query, dict) and isinstance(case.query.get("session"), str):
        case.query["session"] = beyond.SESSION


@schemathesis.check
def no_server_error_but_of_listening(ctx, response, case):
    if response.status_code < 500:
        return
    text = response.text
    start = re.match(r'\{"error":"(listen tcp|address |lookup )', text)
    assert response.status_code == 500 and start, f"{response.status_code}: {text}"
