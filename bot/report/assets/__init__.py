"""The style and the script that stand in each page."""

from pathlib import Path

_FOLDER = Path(__file__).resolve().parent

STYLE = (_FOLDER / "report.css").read_text("utf-8")
SCRIPT = (_FOLDER / "report.js").read_text("utf-8")
