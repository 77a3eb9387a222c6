"""Counts visits in Postgres, and keeps the count in Redis for a second.

GET / answers with the count, where it came from and how long that took. Without Redis it is slower.
If Postgres does not take a new connection within two seconds, it answers 503.
"""

import json
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg
import redis

DATABASE = os.environ["DATABASE_URL"]
CACHE = redis.Redis.from_url(
    os.environ["REDIS_URL"],
    socket_timeout=0.5,
    socket_connect_timeout=0.5,
    # One try: the database is the way out, not patience.
    retry=None,
    decode_responses=True,
)


def from_cache():
    try:
        return CACHE.get("visits")
    except redis.RedisError as error:
        print(f"no cache: {error}")
        return None


def into_cache(count):
    try:
        CACHE.set("visits", count, ex=1)
    except redis.RedisError as error:
        print(f"no cache: {error}")


def count_visit():
    with psycopg.connect(DATABASE, connect_timeout=2) as database:
        database.execute("CREATE TABLE IF NOT EXISTS visits (at timestamptz)")
        database.execute("INSERT INTO visits VALUES (now())")
        return database.execute("SELECT count(*) FROM visits").fetchone()[0]


def answer():
    cached = from_cache()
    if cached is not None:
        return 200, {"visits": int(cached), "from": "redis"}
    try:
        count = count_visit()
    except psycopg.Error as error:
        print(f"no database: {error}")
        return 503, {"error": "the database does not answer"}
    into_cache(count)
    return 200, {"visits": count, "from": "postgres"}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        start = time.monotonic()
        status, body = answer()
        body["ms"] = round(1000 * (time.monotonic() - start))
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode() + b"\n")


if __name__ == "__main__":
    ThreadingHTTPServer(("", int(os.environ.get("PORT", "8000"))), Handler).serve_forever()
