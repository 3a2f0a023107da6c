"""The command `scripts/livekit-server`: see `scripts.livekit.command`."""

import sys

from bot.process.interruption import end_on_request
from scripts.livekit import INTERRUPTED, INTERRUPTED_LINE

if __name__ == "__main__":
    end_on_request(INTERRUPTED, f"livekit-server: {INTERRUPTED_LINE}")
    from scripts.livekit.command import main  # only now: a request to end is answered while the rest is imported, too

    sys.exit(main())
