"""The attributes by which frontends can see how the bot is."""

from collections.abc import Callable


class ShownAttributes:
    """Sets attributes of the bot in the room, each only when its value has changed."""

    def __init__(self, set_attributes: Callable[[dict[str, str]], None]) -> None:
        self._set_attributes = set_attributes
        self._shown: dict[str, str] = {}

    def show(self, attributes: dict[str, str]) -> None:
        """Show these values; an empty one is no news where nothing was shown."""
        changed = {name: value for name, value in attributes.items() if value != self._shown.get(name, "")}
        if changed:
            self._shown |= changed
            self._set_attributes(changed)
