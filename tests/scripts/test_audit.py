"""The look-up of known vulnerabilities, with pip-audit itself and a database of ours."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from scripts import audit
from scripts.environment import CONSTRAINTS

KNOWN = {
    "id": "PYSEC-1",
    "aliases": ["CVE-1"],
    "affected": [
        {
            "package": {"name": "toy", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.1"}]}],
        }
    ],
}


class Database(BaseHTTPRequestHandler):
    asked: list[str]
    status = 200

    def do_POST(self) -> None:
        query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append(f"{query['package']['name']}=={query['version']}")
        answer = {"vulns": [KNOWN]} if self.asked[-1] == "toy==1.0" else {}
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_: object) -> None: ...


@contextmanager
def database(status: int = 200) -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []
    answers = type("Answers", (Database,), {"asked": asked, "status": status})
    with ThreadingHTTPServer(("127.0.0.1", 0), answers) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", asked
        server.shutdown()


def pinned(tmp_path: Path, *lines: str) -> str:
    path = tmp_path / "constraints.txt"
    path.write_text("\n".join(lines), "utf-8")
    return str(path)


def test_a_known_vulnerability_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    constraints = pinned(tmp_path, "toy==1.0", "other==2.0 ; python_version >= '3.11'")
    with database() as (address, asked):
        arguments = ["--constraints", constraints, "--database", address]
        assert audit.main(arguments) == 1
        assert capsys.readouterr().out == "toy 1.0: PYSEC-1 CVE-1; fixed in 1.1\n"
        assert sorted(asked) == ["other==2.0", "toy==1.0"]
        monkeypatch.setattr(audit, "ACCEPTED", {"CVE-1": "the part of it is not used"})
        assert audit.main(arguments) == 0


def test_every_package_of_the_lock_is_asked_about(capsys: pytest.CaptureFixture[str]) -> None:
    with database() as (address, asked):
        assert audit.main(["--database", address]) == 0
    assert "no known vulnerability" in capsys.readouterr().out
    assert "aiohttp" in {name.partition("==")[0] for name in asked}
    assert len(asked) > 0.8 * sum("==" in line for line in CONSTRAINTS.read_text().splitlines())


@pytest.mark.parametrize("is_there", [True, False])
def test_where_nobody_can_be_asked_that_is_said_and_holds_nothing_back(
    is_there: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with database(status=503) as (address, _):
        where = address if is_there else "http://127.0.0.1:9/"
        assert audit.main(["--constraints", pinned(tmp_path, "toy==1.0"), "--database", where]) == 0
    assert capsys.readouterr().out.startswith("NOT AUDITED: ")
