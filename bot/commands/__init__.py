"""What `python -m bot` does besides serving a room: each command is a module here, with `main(argv) -> exit code`.

Modules import what is heavy only after they have read their arguments, so that their --help is quick.
"""

from collections.abc import Mapping

COMMANDS: Mapping[str, str] = {
    "talk": "talk with the bot on a page of this machine, or play a recording to it",
    "call": "call into a room as a person would: play a WAV or speak a text, record and time the answer",
    "rooms": "list the server's rooms and who is in them",
    "replay": "tell what was decided in a conversation, and why, from its journal",
    "doctor": "check server, keys, versions and models, measure the way to each, and say what to do",
    "mcp": "serve an AI assistant that talks to people in a room, by the Model Context Protocol",
}
"""Names and meanings, as --help shows them."""
