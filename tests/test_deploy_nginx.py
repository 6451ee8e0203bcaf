"""The site for nginx that is shipped, in a real nginx before a real server."""

from __future__ import annotations

import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from waitress.server import create_server

from patella.serve import _proxy
from tests.webapp_fake import ANSWERED, FakeService
from webapp.app import create_app
from webapp.settings import WebSettings

SITE = Path(__file__).parent.parent / "deploy" / "nginx.conf"
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")

pytestmark = pytest.mark.skipif(
    not NGINX or not shutil.which("openssl"), reason="nginx or openssl is not here"
)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a library behind nginx with the shipped site: own ports and certificate, all else as it is."""
    folder = tmp_path_factory.mktemp("nginx")
    told = WebSettings(
        trusted_hosts=("knee.example",), https=True, api_limits="2 per minute", metrics="local"
    )
    app = create_app(FakeService(answer=ANSWERED), settings=told)
    server = create_server(app, host="127.0.0.1", port=0, **_proxy("127.0.0.1"))
    threading.Thread(target=server.run, daemon=True).start()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=knee.example",
         "-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    plain, secure = free_port(), free_port()
    site = SITE.read_text("utf-8")
    for before, after in {
        r"(?m)^\s*listen \[::\].*\n": "",
        r"listen 80;": f"listen 127.0.0.1:{plain};",
        r"listen 443": f"listen 127.0.0.1:{secure}",
        r"/etc/letsencrypt/live/knee.example": str(folder),
        r"127\.0\.0\.1:8000": f"127.0.0.1:{server.effective_port}",
    }.items():
        site, times = re.subn(before, after, site)
        assert times, before
    temporary = "\n".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off;\nuser root;\npid {folder}/pid;\nerror_log {folder}/errors;\nevents {{}}\n"
        f"http {{\n{temporary}\n{site}\n}}\n",
        "utf-8",
    )
    assert NGINX
    process = subprocess.Popen(
        [NGINX, "-p", folder, "-c", folder / "nginx.conf"], stderr=subprocess.PIPE, text=True
    )
    try:
        _wait(secure, process)
        yield f"https://127.0.0.1:{secure}"
    finally:
        process.terminate()
        process.communicate(timeout=10)
        server.close()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(100):
        assert process.poll() is None, process.communicate()
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("nginx does not listen")


def get(address: str, **fields: str) -> tuple[int, dict[str, str], str]:
    """Return status, header fields and body."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    named = {"Host": "knee.example"} | {n.replace("_", "-"): v for n, v in fields.items()}
    request = urllib.request.Request(address, headers=named)  # noqa: S310  (our own server)
    try:
        with urllib.request.urlopen(request, timeout=20, context=trusting) as answer:  # noqa: S310
            return answer.status, dict(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read().decode()


def test_an_answer_comes_through_with_its_policy_and_over_https_alone(address: str) -> None:
    status, fields, body = get(f"{address}/search?q=taping")
    assert status == 200
    assert "Taping" in body
    assert fields["Strict-Transport-Security"] == "max-age=31536000"
    assert "frame-ancestors 'none'" in fields["Content-Security-Policy"]
    assert "Secure" in fields.get("Set-Cookie", "Secure")


def test_the_figures_are_not_shown(address: str) -> None:
    assert get(f"{address}/metrics")[0] == 404


def test_a_strangers_word_on_the_own_address_does_not_count(address: str) -> None:
    found = [
        get(f"{address}/api/v1/ask?q=taping", X_Forwarded_For=f"203.0.113.{n}")[0] for n in range(3)
    ]
    # two a minute for each address, and all of these come from one
    assert found[-1] == 429


def test_another_name_is_refused(address: str) -> None:
    assert get(f"{address}/", Host="elsewhere.example")[0] == 400
