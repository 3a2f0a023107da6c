"""The commands of `python -m bot` by name; each is a module of `bot.commands` with `main(argv) -> exit code`."""

from collections.abc import Mapping

COMMANDS: Mapping[str, str] = {
    "talk": "talk with the bot in a browser on this machine, or play a recording to it",
    "call": "call a bot as a person would: play a WAV file or speak a text, record and time the answer",
    "worker": "take the rooms that LiveKit dispatches, each with a bot in a process of its own",
    "serve": "give tokens and sessions by HTTP, and a page to talk on; with --worker, run the bots as well",
    "dial": "call a telephone through LiveKit's SIP service, and talk with whoever answers",
    "rooms": "list the server's rooms and who is in them",
    "replay": "show what a bot decided in a conversation, and why, from its journal",
    "report": "make a page of a call from its journal and its recording, or of all calls of a folder",
    "doctor": "check the server, keys, versions and models, measure the delay to each, and say what to fix",
    "memory": "show what the bot remembers of a person between calls, or forget it",
    "mcp": "let an AI assistant talk to people in a room, over the Model Context Protocol",
}
"""Names and one-line descriptions, as --help shows them."""
