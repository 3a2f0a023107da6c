"""Answers questions about a SQLite database by voice: the language model reads it through an MCP server.

python examples/database.py ROOM [FILE]     (server and keys as for `python -m bot`, and uvx: pip install uv)
"""

import asyncio
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from bot import VoiceBot

INSTRUCTIONS = """\
You answer questions about the database of a tea shop, by voice. Look up whatever you are asked, in SQLite's SQL; look \
at the tables first if you have not seen them. Say only what the database says, and if it does not say, say that. \
Answer in one or two short sentences, without lists."""

PROGRAM = ("uvx", "--with", "mcp<2", "mcp-server-sqlite")
"""The MCP server. It is older than version 2 of the SDK, and does not say so."""

READING = ["list_tables", "describe_table", "read_query"]
"""Its tools that change nothing: what a caller says must not write into a database."""

TEAS = [("Assam", "India", 7), ("Darjeeling", "India", 11), ("Lapsang", "China", 8), ("Sencha", "Japan", 9)]


def make_shop(file: Path) -> None:
    """Make a small database, in place of yours."""
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("CREATE TABLE tea (name TEXT, country TEXT, price_eur INTEGER)")
        database.executemany("INSERT INTO tea VALUES (?, ?, ?)", TEAS)


async def serve(room: Any, file: Path, program: Sequence[str] = PROGRAM) -> None:
    """Talk with the person in a room until it ends."""
    command, *args = program
    shop = {"command": command, "args": [*args, "--db-path", str(file)], "allow": READING}
    async with VoiceBot(
        room=room,
        mcp_servers={"shop": shop},
        instructions=INSTRUCTIONS,
        greeting="Hello! What would you like to know about our tea?",
    ) as bot:
        await bot.wait_closed()


if __name__ == "__main__":
    chosen = Path(sys.argv[2] if len(sys.argv) > 2 else "shop.db")
    if not chosen.exists():
        make_shop(chosen)
    asyncio.run(serve(sys.argv[1], chosen))
