"""What the tests stand on: a server process, an upstream, and connections with their measurements."""

import os
import shlex
import socket
import socketserver
import subprocess
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

HANG_UP = b"\x04"
"""The upstream echoes; it closes after a chunk that ends in this byte."""

FAREWELL = b"bye"
"""What the upstream answers when the other side has ended its sending."""


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            while chunk := self.request.recv(65536):
                self.request.sendall(chunk)
                if chunk.endswith(HANG_UP):
                    return
            self.request.sendall(FAREWELL)
        except OSError:
            pass


class Upstream(socketserver.ThreadingTCPServer):
    daemon_threads = True


def server_command():
    if command := os.environ.get("ACONITE_SERVER_CMD"):
        return shlex.split(command)
    built = Path(__file__).parents[3] / "target/debug/aconite"
    return [os.environ.get("ACONITE_BIN") or str(built), "server"]


def accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="session")
def rig():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [*server_command(), "-host", "127.0.0.1", "-port", str(port)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command, **quiet)
    upstream = Upstream(("127.0.0.1", 0), Echo)
    threading.Thread(target=upstream.serve_forever, daemon=True).start()
    try:
        for _ in range(100):
            if accepts(port):
                break
            time.sleep(0.05)
        else:
            pytest.exit(f"{command} does not listen on {port}", 1)
        yield SimpleNamespace(port=port, upstream_port=upstream.server_address[1])
    finally:
        server.kill()
        server.wait()
        upstream.shutdown()


class Connection:
    def __init__(self, listen):
        host, port = listen.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=10)

    def send(self, data):
        self.socket.sendall(data)

    def end_sending(self):
        self.socket.shutdown(socket.SHUT_WR)

    def echo(self, size):
        """How many milliseconds some bytes took to come back whole."""
        sent = (b"0123456789" * (size // 10 + 1))[:size]
        start = time.monotonic()
        self.send(sent)
        got = b""
        while len(got) < size:
            chunk = self.socket.recv(65536)
            assert chunk, f"ended after {len(got)} of {size} bytes"
            got += chunk
        assert got == sent
        return (time.monotonic() - start) * 1000

    def rest(self):
        """Everything until the end; a reset is raised."""
        got = b""
        while chunk := self.socket.recv(65536):
            got += chunk
        return got

    def holds(self, milliseconds):
        """Whether nothing at all arrives within the time: neither a byte nor the end."""
        self.socket.settimeout(milliseconds / 1000)
        try:
            self.socket.recv(1)
            return False
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(10)

    def is_cut(self):
        """Whether it ends, one way or the other, without a byte."""
        try:
            return self.rest() == b""
        except ConnectionResetError:
            return True


def mended(number, right, defect):
    """For what Toxiproxy gets wrong: the number is that of the table in docs/compatibility.md.

    With ACONITE_EXPECT=reference it passes if and only if the defect shows.
    """
    if os.environ.get("ACONITE_EXPECT") == "reference":
        assert not right, f"defect {number} does not show"
        print(f"difference: {number}: {defect}")
    else:
        assert right, f"defect {number}: {defect}"
