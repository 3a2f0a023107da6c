"""The settings of what a bot reports of its work: metrics, spans, cost."""

from dataclasses import dataclass

from bot.settings.loopback import LOOPBACK
from bot.settings.option import option
from bot.settings.values import read_switch, read_text
from bot.telemetry.price_list import Prices


def _read_port(raw: object) -> int:
    """A TCP port; 0 is any free one."""
    text = raw if isinstance(raw, int) and not isinstance(raw, bool) else read_text(raw).strip()
    if not str(text).isdecimal() or int(text) > 65_535:
        raise ValueError(f"must be a port from 0 to 65535, not {raw!r}")
    return int(text)


def _read_host(raw: object) -> str:
    """An address of this machine."""
    host = read_text(raw).strip()
    if not host or not host.isprintable() or any(character in host for character in " /"):
        raise ValueError(f"must be an address of this machine, such as {LOOPBACK} or 0.0.0.0")
    return host


def _read_prices(raw: object) -> Prices:
    from bot.telemetry.prices import read_prices  # here: --help must not wait for what it needs

    return read_prices(raw)


@dataclass(frozen=True, slots=True, kw_only=True)
class TelemetrySettings:
    """A part of `Settings`."""

    metrics_port: int | None = option(
        "BOT_METRICS_PORT",
        "Running",
        "N",
        "serve metrics for Prometheus at /metrics of this port; 0 is any free one",
        _read_port,
        "none are served",
    )
    metrics_host: str = option(
        "BOT_METRICS_HOST", "Running", "ADDRESS", "the address to serve metrics on", _read_host, default=LOOPBACK
    )
    otel: bool = option(
        "BOT_OTEL",
        "Running",
        "",
        "send spans by OpenTelemetry, as its variables OTEL_... say; needs the extra otel",
        read_switch,
        "none are made",
        default=False,
        is_switch=True,
    )
    otel_content: bool = option(
        "BOT_OTEL_CONTENT",
        "Running",
        "",
        "put what is said into the spans, and what tools are given and return",
        read_switch,
        "spans hold no words",
        default=False,
        is_switch=True,
    )
    prices: Prices | None = option(
        "BOT_PRICES",
        "Running",
        "FILE",
        "what providers ask, as TOML or JSON: the log, the metrics and the program learn what a call has cost",
        _read_prices,
        is_path=True,
        is_read=True,
    )
