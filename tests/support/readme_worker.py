"""The README's program that is a worker."""

import re

from .bot_process import ROOT


def readme_worker() -> str:
    """Return it as it is written there."""
    text = (ROOT / "README.md").read_text("utf-8")
    (section,) = re.findall(r"^## Deploy it\n(.*?)^## ", text, re.DOTALL | re.MULTILINE)
    programs = re.findall(r"```py\n(.*?)```", section, re.DOTALL)
    (worker,) = [program for program in programs if "from bot.worker import" in program]
    return str(worker)
