"""The published package chaostoolkit-toxiproxy against a running server.

First an experiment from end to end with the command `chaos`, then every action of the extension.
It knows no update of a toxic.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from chaostoxi.proxy import actions, probes
from chaostoxi.toxic import actions as toxics
from conftest import FAREWELL, HANG_UP, Connection, mended

HERE = Path(__file__).parent


def test_the_experiment(rig, tmp_path):
    environment = {
        **os.environ,
        "PYTHONPATH": str(HERE),
        "TOXIPROXY_PORT": str(rig.port),
        "UPSTREAM_PORT": str(rig.upstream_port),
    }
    chaos = [Path(sys.executable).with_name("chaos"), "--log-file", tmp_path / "log"]
    run = ["run", "--hypothesis-strategy", "after-method-only", "--rollback-strategy", "always"]
    journal = ["--journal-path", tmp_path / "journal.json", HERE / "experiment.json"]
    settings = ["--settings", tmp_path / "no-settings.yaml"]
    done = subprocess.run(
        [*chaos, *settings, "--no-version-check", *run, *journal],
        env=environment, cwd=tmp_path, capture_output=True, text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    journal = json.loads((tmp_path / "journal.json").read_text())
    assert (journal["status"], journal["deviated"]) == ("completed", False)
    assert {step["status"] for step in journal["run"]} == {"succeeded"}
    seen = {step["activity"]["name"]: step["output"] for step in journal["run"]}
    assert seen["it-exists"] is True
    assert seen["works-at-first"] == "echoed"
    assert seen["is-slow"] >= 300
    assert seen["is-cut-short"] == "ended after 3 bytes"
    assert seen["is-refused"] == "refused"
    assert [step["status"] for step in journal["rollbacks"]] == ["succeeded"]
    assert not probes.proxy_exist("service", {"toxiproxy_url": f"http://127.0.0.1:{rig.port}"})


@pytest.fixture
def configuration(rig):
    configuration = {"toxiproxy_host": "127.0.0.1", "toxiproxy_port": rig.port}
    here = {"listen_host": "127.0.0.1", "configuration": configuration}
    assert actions.create_proxy("echo", "127.0.0.1", rig.upstream_port, **here)
    yield configuration
    actions.delete_proxy("echo", configuration)


def connect(configuration):
    return Connection(f"127.0.0.1:{configuration['echo_PORT']}")


def test_proxy_actions(rig, configuration):
    live = connect(configuration)
    live.echo(10)
    assert actions.disable_proxy("echo", configuration)
    assert live.is_cut()
    assert probes.get_proxy_attribute("echo", "enabled", configuration) is False
    with pytest.raises(ConnectionRefusedError):
        connect(configuration)
    assert actions.enable_proxy("echo", configuration)
    connect(configuration).echo(10)
    upstream = f"localhost:{rig.upstream_port}"
    assert actions.modify_proxy("echo", upstream_address=upstream, configuration=configuration)
    assert probes.get_proxy_attribute("echo", "upstream", configuration) == upstream


def test_the_default_listens_everywhere(rig, configuration):
    made = actions.create_proxy("all", "127.0.0.1", rig.upstream_port, configuration=configuration)
    assert made
    assert probes.get_proxy_attribute("all", "listen", configuration).startswith("[::]:")
    Connection(f"127.0.0.1:{configuration['all_PORT']}").echo(10)
    actions.delete_proxy("all", configuration)


def test_latency_and_its_removal(configuration):
    live = connect(configuration)
    assert toxics.create_latency_toxic("echo", "lag", 200, configuration=configuration)
    assert live.echo(10) >= 200
    assert toxics.delete_toxic("echo", "lag", configuration)
    assert probes.get_proxy_attribute("echo", "toxics", configuration) == []


def test_bandwidth(configuration):
    assert toxics.create_bandwith_degradation_toxic("echo", "thin", 100, configuration)
    assert connect(configuration).echo(50_000) >= 400


def test_slow_close(configuration):
    assert toxics.create_slow_connection_close_toxic("echo", "slow", 300, configuration)
    connection = connect(configuration)
    start = time.monotonic()
    connection.send(b"last" + HANG_UP)
    assert connection.rest() == b"last" + HANG_UP
    assert time.monotonic() - start >= 0.3


@pytest.mark.parametrize("timeout", [300, 0])
def test_timeout(configuration, timeout):
    assert toxics.create_timeout_toxic("echo", "hole", timeout, configuration)
    start = time.monotonic()
    connection = connect(configuration)
    connection.send(b"lost")
    if timeout == 0:
        assert connection.holds(300)
        toxics.delete_toxic("echo", "hole", configuration)
    assert connection.is_cut()
    assert time.monotonic() - start >= 0.3


def test_slicer_keeps_every_byte(configuration):
    assert toxics.create_slicer_toxic("echo", "slices", 100, 10, 10_000, configuration)
    assert connect(configuration).echo(1000) >= 60


def test_any_toxic_by_name_and_without_attributes(configuration):
    assert toxics.create_toxic("echo", "plain", "noop", configuration=configuration)
    assert toxics.create_toxic("echo", "rst", "reset_peer", configuration=configuration)
    connection = connect(configuration)
    connection.send(b"lost")
    with pytest.raises(ConnectionResetError):
        connection.rest()


def test_reset(configuration):
    toxics.create_limiter_toxic("echo", "limit", 3, configuration)
    actions.disable_proxy("echo", configuration)
    assert actions.reset(configuration)
    connect(configuration).echo(10)


def test_errors(rig, configuration):
    assert not probes.proxy_exist("nobody", configuration)
    assert probes.get_proxy_attribute("nobody", "listen", configuration) is None
    assert not toxics.delete_toxic("echo", "nothing", configuration)
    with pytest.raises(AssertionError):
        actions.create_proxy("echo", "127.0.0.1", rig.upstream_port, configuration=configuration)
    with pytest.raises(AssertionError):
        actions.disable_proxy("nobody", configuration)
    with pytest.raises(TypeError):
        toxics.create_toxic("echo", "bad", "nonsense", configuration=configuration)


def test_mended_07_half_close(configuration):
    connection = connect(configuration)
    connection.echo(10)
    connection.end_sending()
    mended(7, connection.rest() == FAREWELL, "the answer to the end of the request is lost")
