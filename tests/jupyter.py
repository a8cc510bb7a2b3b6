"""Servers of notebooks that the tests start."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from urllib.request import urlopen

import pytest

from emergence.publish.build import environment


@contextmanager
def jupyterlab(folder, home, settings=None):
    """Address, ``{}`` for the name of a notebook, of a JupyterLab on `folder` that keeps its own in `home`."""
    settings = {
        "@jupyterlab/notebook-extension:tracker": {
            "windowingMode": "none"
        },  # all outputs in the page at once, also those far from the screen
        "@jupyterlab/apputils-extension:notification": {
            "fetchNews": "false",
            "checkForUpdates": False,
        },
        **(settings or {}),
    }
    config = home / "config" / "labconfig"
    config.mkdir(parents=True)
    (config / "default_setting_overrides.json").write_text(json.dumps(settings))
    env = {
        "JUPYTER_CONFIG_PATH": str(home / "config"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
    }
    command = [
        "jupyterlab",
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        "--port={port}",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=secret",
    ]
    with running([*command, str(folder)], "/api?token=secret", home, env) as address:
        yield f"{address}/lab/tree/{{}}?token=secret&reset"


def run_all(page, address):
    """Open a notebook in JupyterLab and run it."""
    page.goto(address)
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for(timeout=60_000)
    page.get_by_text("Python 3 (ipykernel) | Idle").first.wait_for(timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()


@contextmanager
def running(command, ready, home, env):
    """Address of a server of ours, ``python -m`` `command` with a free port for ``{port}``, once it answers at `ready`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = environment(home) | env
    env.pop("EMERGENCE_SKIN", None)
    address, log = f"http://127.0.0.1:{port}", home / "server.log"
    with open(log, "w") as file:
        server = subprocess.Popen(
            [sys.executable, "-m", *(part.replace("{port}", str(port)) for part in command)],
            env=env,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
        try:
            for _ in range(240):
                try:
                    urlopen(address + ready, timeout=2).close()
                    break
                except OSError:
                    assert server.poll() is None, log.read_text()[-2000:]
                    time.sleep(0.25)
            else:
                pytest.fail(f"{command[0]} did not start: {log.read_text()[-2000:]}")
            yield address
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(20)
