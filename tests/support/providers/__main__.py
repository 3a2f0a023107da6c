"""All simulated providers in one process: `python -m tests.support.providers --profile fixed --seed 0`.

Prints one line of JSON with the settings that lead a bot to them (base URLs, and the keys they let in) and `LOG_URL`,
where their log is to be read; serves until it is ended, or its parent is.
"""

import argparse
import asyncio
import json
import os
import re
from pathlib import Path

from .cartesia import CartesiaSimulator
from .deepgram import DeepgramSimulator
from .log import serve_log
from .openai import OpenAISimulator, brief_reply, default_reply
from .profile import CLOUD, FIXED

PROFILES = {"fixed": FIXED, "cloud": CLOUD}

REPLIES = {"notes": default_reply, "brief": brief_reply}

KEYS = {vendor: f"simulated-{vendor}-key" for vendor in ("deepgram", "openai", "cartesia")}

PARENT_CHECK_INTERVAL = 0.2
"""Seconds between looks for the parent."""


async def serve(arguments: argparse.Namespace) -> None:
    parent = os.getppid()
    profile, seed = PROFILES[arguments.profile], arguments.seed
    known = re.findall(r"\S+", arguments.vocabulary.read_text("utf-8")) if arguments.vocabulary else []
    async with (
        DeepgramSimulator(vocabulary=known, profile=profile, seed=seed, api_key=KEYS["deepgram"]) as deepgram,
        OpenAISimulator(profile=profile, seed=seed, reply=REPLIES[arguments.replies], api_key=KEYS["openai"]) as openai,
        CartesiaSimulator(profile=profile, seed=seed, api_key=KEYS["cartesia"]) as cartesia,
        serve_log(deepgram, openai, cartesia) as log_url,
    ):
        urls = {"deepgram": deepgram.url, "openai": openai.url, "cartesia": cartesia.url}
        settings = {f"{vendor.upper()}_BASE_URL": url for vendor, url in urls.items()}
        settings |= {f"{vendor.upper()}_API_KEY": key for vendor, key in KEYS.items()}
        print(json.dumps(settings | {"LOG_URL": log_url}), flush=True)
        # An orphan gets another parent. (A death signal of the kernel's is for Linux only.)
        while True:
            await asyncio.sleep(PARENT_CHECK_INTERVAL)
            if os.getppid() != parent:
                return


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.support.providers", description=__doc__)
    parser.add_argument("--profile", choices=sorted(PROFILES), default="fixed", help="how fast they are")
    parser.add_argument("--replies", choices=sorted(REPLIES), default="notes", help="what the language model answers")
    parser.add_argument("--seed", type=int, default=0, help="of what is random")
    parser.add_argument("--vocabulary", type=Path, help="a text file with every word that the transcriber may hear")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
