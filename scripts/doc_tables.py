"""Draws the tables of decisions, settings, providers, metrics, spans and exit codes in docs/ from the code.

`.venv/bin/python -m scripts.doc_tables` rewrites them; a test fails when they are out of date.
"""

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bot.process.exit_codes import ExitCode
from bot.providers.registry import KINDS, offering
from bot.settings.options import OPTIONS
from bot.telemetry.catalog import METRICS
from bot.telemetry.span_names import ATTRIBUTES, SPANS
from bot.worker.session_config import AllowedProviders, Constraints, Intent, SessionConfig
from pipeline.providers.local.packages import MODELS
from pipeline.turn.reducer import RULES

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"


def decisions() -> str:
    """Draw a row for each rule of the reducer, in order."""
    rows = ["| | Rule | What it decides |", "| --- | --- | --- |"]
    for number, rule in enumerate(RULES, 1):
        path = Path(inspect.getfile(rule.decide)).relative_to(ROOT).as_posix()
        sentence = " ".join((inspect.getdoc(rule.decide) or "").split("\n\n")[0].split())
        rows.append(f"| {number} | [`{rule.name}`](../{path}) | {sentence} |")
    return "\n".join(rows)


def settings() -> str:
    """Draw a row for each option, with its flag and its variable."""
    rows = ["| Flag | Environment, `.env` | Meaning | Default |", "| --- | --- | --- | --- |"]
    for option in OPTIONS:
        value = f" {option.metavar}" if option.metavar else ""
        flag = f"`{option.flag}{value}`".replace("|", "\\|") if option.flag else ""
        rows.append(f"| {flag} | `{option.variable}` | {option.meaning} | {option.shown_default} |")
    return "\n".join(rows)


def providers() -> str:
    """Draw a row for each provider and kind."""
    rows = ["| Flag | Needs | Default model | Remark |", "| --- | --- | --- | --- |"]
    for kind in KINDS:
        for provider in offering(kind):
            needs = " or ".join(f"`{variable}`" for variable in provider.access)
            models = " and its models" if MODELS.keys() & set(provider.engine) else ""
            needs = needs or (f"the extra `{provider.extra}`{models}" if provider.extra else "nothing")
            model = provider.services[kind].default_model
            shown = f"`{model}`" if model else ""
            rows.append(f"| `--{kind} {provider.name}` | {needs} | {shown} | {provider.remark} |")
    return "\n".join(rows)


def exit_codes() -> str:
    """Draw a row for each exit code."""
    rows = ["| Code | Meaning |", "| --- | --- |"]
    return "\n".join(rows + [f"| {code.value} | {code.meaning} |" for code in ExitCode])


def session() -> str:
    """Draw a row for each field of a session's configuration."""
    rows = ["| Field | Value | Meaning |", "| --- | --- | --- |"]
    parts = (
        ("", SessionConfig),
        ("intent.", Intent),
        ("constraints.", Constraints),
        ("constraints.allowedProviders.", AllowedProviders),
    )
    for path, model in parts:
        for name, field in model.model_json_schema(by_alias=True)["properties"].items():
            if "$ref" not in field:
                rows.append(f"| `{path}{name}` | {_value(field)} | {field['description']} |")
    return "\n".join(rows)


def _value(field: Mapping[str, Any]) -> str:
    """Say what a field of a JSON schema may be."""
    for kind in field.get("anyOf", [field]):
        if "enum" in kind:
            return ", ".join(f"`{each}`" for each in kind["enum"])
        if kind["type"] == "string":
            return f"text, {kind['maxLength']} characters at most"
        if kind["type"] == "array":
            return f"list of texts, {kind['maxItems']} at most"
        if kind["type"] in ("number", "integer"):
            least = f"{kind['minimum']:g} to" if "minimum" in kind else "up to"
            return f"{'whole ' * (kind['type'] == 'integer')}number, {least} {kind['maximum']:,g}"
    raise ValueError(f"no wording for {field}: add one")


def metrics() -> str:
    """Draw a row for each metric of the bots' work."""
    rows = ["| Metric | Kind | By | What it is |", "| --- | --- | --- | --- |"]
    for metric in METRICS:
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        rows.append(f"| `{metric.shown_name}` | {metric.kind} | {labels} | {metric.meaning} |")
    return "\n".join(rows)


def spans() -> str:
    """Draw a row for each kind of span."""
    rows = ["| Span | Named by | What it is |", "| --- | --- | --- |"]
    return "\n".join(rows + [f"| `{span.name}` | {span.origin} | {span.meaning} |" for span in SPANS])


def attributes() -> str:
    """Draw a row for each attribute of spans."""
    rows = ["| Attribute | Named by | What it is |", "| --- | --- | --- |"]
    return "\n".join(rows + [f"| `{it.key}` | {it.origin} | {it.meaning} |" for it in ATTRIBUTES])


TABLES: Mapping[str, Mapping[str, Callable[[], str]]] = {
    "architecture.md": {"decisions": decisions},
    "deploy.md": {"session": session},
    "observability.md": {"metrics": metrics, "spans": spans, "attributes": attributes},
    "settings.md": {"settings": settings, "providers": providers, "exit codes": exit_codes},
}
"""By file of docs/."""


def drawn(page: str) -> str:
    """Return a file of docs/ with new tables, each between its two marks. Raises ValueError where a mark is missing."""
    text = (DOCS / page).read_text("utf-8")
    for name, table in TABLES[page].items():
        begin, end = f"<!-- {name}: drawn by scripts/doc_tables.py -->", f"<!-- end of {name} -->"
        head, begun, rest = text.partition(begin)
        _, ended, tail = rest.partition(end)
        if not begun or not ended:
            raise ValueError(f"docs/{page} has no place for the table {name!r}: add {begin} and {end}")
        text = f"{head}{begin}\n\n{table()}\n\n{end}{tail}"
    return text


if __name__ == "__main__":
    for page in TABLES:
        (DOCS / page).write_text(drawn(page), "utf-8")
