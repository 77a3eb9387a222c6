"""What the probes of the experiment see: one round trip through the proxy `service`.

The extension leaves the port of a proxy that it made in the environment.
"""

import os
import socket
import time


def outcome():
    try:
        address = ("127.0.0.1", int(os.environ["service_PORT"]))
        with socket.create_connection(address, timeout=10) as connection:
            connection.sendall(b"0123456789")
            got = b""
            while len(got) < 10:
                chunk = connection.recv(10)
                if not chunk:
                    return f"ended after {len(got)} bytes"
                got += chunk
            return "echoed"
    except ConnectionRefusedError:
        return "refused"


def milliseconds():
    start = time.monotonic()
    outcome()
    return (time.monotonic() - start) * 1000
