"""The token of a bot over a long call: one that was given expires, and who has to join again later needs another one.

LiveKit renews it for a participant who is connected, every 5 minutes for 10; the client library uses that for its own
reconnects. It is of use here, too: where there is no key pair to make one with.
"""

import time
from collections.abc import Callable
from datetime import timedelta

import jwt

from bot.room.token import TOKEN_LIFE, agent_token, signed_token
from bot.settings.settings import Settings

MARGIN = timedelta(seconds=30)
"""What a token has to last at least, to be used for a join: its attempts take 10 seconds, and clocks differ."""


class LastingToken:
    """Calling it returns a token that lets the bot in now. The one that was given counts as long as it lasts."""

    def __init__(self, settings: Settings, now: Callable[[], float] = time.time) -> None:
        """`now` is in seconds since 1970."""
        self._settings, self._now = settings, now
        self._renewed = ""

    def renew(self, token: str) -> None:
        """Keep the token that the server has made for the connection."""
        self._renewed = token

    def __call__(self) -> str:
        """Return a token; one that has expired only where nothing better is to be had, for the server to refuse."""
        given, key, secret = (
            secret.reveal() if secret is not None else None
            for secret in (
                self._settings.livekit_token,
                self._settings.livekit_api_key,
                self._settings.livekit_api_secret,
            )
        )
        if given is not None and self._lasts(given):
            return given
        if key is None or secret is None:
            assert given is not None, "settings without a token have a key pair"
            return self._renewed if self._renewed and self._lasts(self._renewed) else given
        if given is not None:
            return signed_token(_claims(given), api_key=key, api_secret=secret, life=TOKEN_LIFE)
        return agent_token(api_key=key, api_secret=secret, room=self._settings.room, identity=self._settings.identity)

    def _lasts(self, token: str) -> bool:
        expires = _claims(token).get("exp")
        return not isinstance(expires, int | float) or expires > self._now() + MARGIN.total_seconds()


def _claims(token: str) -> dict[str, object]:
    """Read a token without the secret: the server judges it, not we. One that cannot be read claims nothing."""
    try:
        claims: dict[str, object] = jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return {}
    return claims
