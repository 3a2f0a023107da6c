"""The errors of a scene: it cannot be played, or the bot did not do what was expected."""

NOT_BEGUN = "the scene has not begun: call scene.run(), or enter it with `async with scene:`"


class SceneError(Exception):
    """The scene cannot be played as it is written; the text says what to change."""


class SceneFailed(AssertionError):
    """The bot did not do what the scene expects; the text says what it did instead."""


class NotOnVirtualTime(SceneError):
    """Something wants to wait for the real world, which a jumping clock would leave behind."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} cannot be done on virtual time, which does not wait for the real world. Give the scene providers"
            " that live in its event loop, or real time: scene.run(real_time=True), or enter it in a usual event loop."
        )
