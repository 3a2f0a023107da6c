"""Prometheus finds the metrics of a process on a port of their own."""

import aiohttp
import pytest

from bot import SettingsError, Telemetry
from bot.settings.settings import Settings
from bot.telemetry.process_telemetry import process_telemetry


async def read(port: int, path: str = "/metrics", host: str = "127.0.0.1") -> tuple[int, str, str]:
    async with aiohttp.ClientSession() as client, client.get(f"http://{host}:{port}{path}") as answer:
        return answer.status, answer.content_type, await answer.text()


async def test_they_are_served_while_the_block_lasts() -> None:
    telemetry = Telemetry()
    async with telemetry.serve(0) as port:
        status, kind, text = await read(port)
        assert (status, kind) == (200, "text/plain")
        assert "\nrawbot_calls_total 0.0\n" in text
        telemetry.totals.add("calls")
        assert "\nrawbot_calls_total 1.0\n" in (await read(port))[2]
        assert (await read(port, "/"))[0] == 404
    with pytest.raises(aiohttp.ClientConnectionError):
        await read(port)


async def test_a_port_that_is_taken_is_said_with_the_flag_that_chooses_it() -> None:
    async with Telemetry().serve(0) as port:
        with pytest.raises(SettingsError, match=f"port {port} of 127.0.0.1 is taken .* with --metrics-port"):
            async with Telemetry().serve(port):
                pass


async def test_a_process_serves_them_where_its_settings_say_so() -> None:
    async with process_telemetry(Settings()) as telemetry:
        assert telemetry is None
    async with process_telemetry(Settings(metrics_port=0)) as telemetry:
        assert telemetry is not None


async def test_they_are_on_loopback_unless_another_address_is_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    assert Settings().metrics_host == "127.0.0.1"
    async with Telemetry().serve(0, "::1") as port:
        assert (await read(port, host="[::1]"))[0] == 200
        with pytest.raises(aiohttp.ClientConnectionError):
            await read(port)
