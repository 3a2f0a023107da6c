"""Builds the page of these tests, once for each version of its sources: npm fetches, esbuild bundles."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from bot.process.user_cache import user_cache
from bot.web.npm_file import npm_command

HERE = Path(__file__).parent
SOURCES = ("package.json", "package-lock.json", "page.jsx")

BUILD_LIMIT = 300.0
"""Seconds for fetching 60 MB and bundling them."""


def bundled_page() -> str:
    """Return the page's script. Raises FileMissing without npm, and CalledProcessError when it cannot be built."""
    digest = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in SOURCES)).hexdigest()[:16]
    built = user_cache() / f"frontends-{digest}.js"
    if not built.exists():
        built.parent.mkdir(parents=True, exist_ok=True)
        _build(built)
    return built.read_text("utf-8")


def _build(target: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="frontends-", dir=target.parent, ignore_cleanup_errors=True) as folder:
        work = Path(folder)
        for name in SOURCES:
            shutil.copy(HERE / name, work)
        npm, variables = npm_command(work, print)
        env = os.environ | {"npm_config_cache": str(work / "npm-cache"), **variables}
        env.setdefault("NODE_USE_SYSTEM_CA", "1")
        _run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], work, env)
        (esbuild,) = work.glob("node_modules/@esbuild/*/bin/esbuild")
        production = '--define:process.env.NODE_ENV="production"'
        _run([str(esbuild), "page.jsx", "--bundle", "--minify", production, "--outfile=page.js"], work, env)
        os.replace(work / "page.js", target)


def _run(command: list[str], folder: Path, env: dict[str, str]) -> None:
    subprocess.run(command, cwd=folder, env=env, check=True, timeout=BUILD_LIMIT, stdin=subprocess.DEVNULL)
