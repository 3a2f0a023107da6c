"""Spans leave the process by OTLP over HTTP, as the variables of OpenTelemetry say, to a collector of our own."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.support.bot_process import environment
from tests.support.waiting import WAIT_LIMIT

TALK = """
import asyncio, sys
from bot import VoiceBot
from bot.settings.settings import Settings
from bot.telemetry.process_telemetry import process_telemetry
from pipeline.testing import Scene, virtual_time

async def main():
    async with process_telemetry(Settings(otel=True)) as telemetry:
        scene = Scene()
        scene.person.says("Hello there, my friend.", at=2.0)
        scene.closes(at=8.0)
        async with VoiceBot(room=scene, otel=True, telemetry=telemetry) as bot:
            await bot.wait_closed()

virtual_time(main)()
"""
"""A whole conversation on virtual time, traced as the command does it."""


class Collector:
    """Keeps what it is sent."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, bytes]] = []
        keep = self.requests

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                keep.append((self.path, self.headers["Content-Type"], body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *arguments: object) -> None: ...

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def collector() -> Iterator[Collector]:
    running = Collector()
    yield running
    running.close()


def talk(**variables: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", TALK],
        env=environment(variables),
        capture_output=True,
        text=True,
        timeout=WAIT_LIMIT,
        check=False,
    )


def test_a_collector_gets_the_spans_of_a_call(collector: Collector) -> None:
    done = talk(OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, OTEL_RESOURCE_ATTRIBUTES="deployment.environment.name=test")
    assert done.returncode == 0, done.stderr
    (path, kind, body), *_ = collector.requests
    assert (path, kind) == ("/v1/traces", "application/x-protobuf")
    message = ExportTraceServiceRequest.FromString(body)
    (of_process,) = message.resource_spans
    resource = {it.key: it.value.string_value for it in of_process.resource.attributes}
    assert resource["service.name"] == "rawbot"
    assert resource["deployment.environment.name"] == "test"
    (scope,) = of_process.scope_spans
    assert scope.scope.name == "rawbot"
    spans = {span.name.partition(" ")[0]: span for span in scope.spans}
    assert {"conversation", "invoke_agent", "speech_to_text", "chat", "text_to_speech", "playout"} <= spans.keys()
    assert spans["chat"].parent_span_id == spans["invoke_agent"].span_id
    assert spans["invoke_agent"].parent_span_id == spans["conversation"].span_id
    assert spans["conversation"].trace_id == spans["chat"].trace_id


def test_a_collector_that_is_not_there_does_not_keep_the_process(collector: Collector) -> None:
    collector.close()
    done = talk(OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
    assert done.returncode == 0, done.stderr


def test_an_sdk_that_is_switched_off_sends_nothing(collector: Collector) -> None:
    done = talk(OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, OTEL_SDK_DISABLED="true")
    assert done.returncode == 0, done.stderr
    assert collector.requests == []
