"""The house rules that no linter knows: lengths, names, and where a task may have no group above it."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeGuard

from tests.support.waiting import WAIT_LIMIT

ROOT = Path(__file__).resolve().parent.parent
PRODUCT = [path for part in ("bot", "pipeline", "vad") for path in sorted((ROOT / part).rglob("*.py"))]
SCRIPTS = sorted((ROOT / "scripts").rglob("*.py"))

FILE_LINES = 300
CLASS_LINES = 150

LONGER_FILES: dict[str, int] = {"pipeline/commands.py": 304}
LONGER_CLASSES: dict[str, int] = {
    "bot/mcp_server/room_session.py:RoomSession": 169,
    "pipeline/providers/cartesia/contexts.py:Utterance": 178,
    "pipeline/resilience/stt.py:_Stream": 171,
    "pipeline/resilience/tts.py:SpeechAttempts": 187,
    "pipeline/session.py:Session": 163,
    "pipeline/stages/playout.py:Playout": 160,
    "pipeline/stages/speak.py:SpokenReply": 173,
    "pipeline/turn/policy.py:Policy": 151,
    "pipeline/testing/room_queue.py:RoomQueue": 158,
    "pipeline/testing/runner.py:SceneRunner": 173,
    "pipeline/testing/scene.py:Scene": 177,
    "pipeline/testing/scripted_stt.py:ScriptedTranscriber": 157,
    "pipeline/text/heard.py:Alignment": 179,
}
"""What is longer than that, and may grow no more."""

ROOTLESS = {"bot/lifetime.py"}
"""Files that start a task without a TaskGroup: the root of all others."""

GLOSSARY = {
    "taken_down": "committed",
    "taken_until": "committed_until",
    "Saying": "QueuedSpeech",
    "sayings": "speech queue",
    "ToWrite": "GenerateRequest",
    "FixedText": "StaticText",
    "Asked": "SpeechHandles",
    "MicBreak": "AudioGap",
    "misfit": "violations",
    "own_provider": "custom_provider",
    "PlaceInScene": "SceneRoom",
    "Stay": "RoomSession",
    "Lobby": "RoomDirectory",
    "Wish": "CallItem",
    "desk": "mcp_client",
    "tape": "recording",
    "or_ended": "race_with_end",
    "take_stock": "collect",
    "has_asked": "finalize_sent",
    "finalize_by": "finalize_deadline",
    "is_passing": "is_discardable",
    "NextReply": "PendingReply",
    "set_answering": "set_auto_reply",
    "keep_with_the_room": "hold_while_unreachable",
    "can_wait": "due_at",
    "PersonTurns": "TurnQueue",
    "pass_over": "skip_before",
    "Hosting": "SceneMembership",
    "Standing": "StatusModel",
    "Warming": "ConnectionWarmer",
    "recogniser": "transcriber",
    "recognise": "recognize",
    "synthesise": "synthesize",
    "behaviour": "behavior",
    "colour": "color",
    "licence": "license",
}
"""Words that stand nowhere in the product, and what is said instead."""


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def classes() -> Iterator[tuple[str, int]]:
    for path in PRODUCT:
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ClassDef):
                assert node.end_lineno is not None
                yield f"{name(path)}:{node.name}", node.end_lineno - node.lineno + 1


def test_a_file_does_one_thing() -> None:
    lengths = {name(path): len(path.read_text().splitlines()) for path in [*PRODUCT, *SCRIPTS]}
    assert {at: lines for at, lines in lengths.items() if lines > LONGER_FILES.get(at, FILE_LINES)} == {}


def test_a_class_does_one_thing() -> None:
    lengths = dict(classes())
    assert {at: lines for at, lines in lengths.items() if lines > LONGER_CLASSES.get(at, CLASS_LINES)} == {}


def test_a_class_name_stands_in_one_module() -> None:
    modules: defaultdict[str, set[str]] = defaultdict(set)
    for at, _ in classes():
        module, _, class_name = at.rpartition(":")
        if not class_name.startswith("_"):
            modules[class_name].add(module)
    assert {class_name: at for class_name, at in modules.items() if len(at) > 1} == {}


def test_each_thing_has_one_word() -> None:
    old = re.compile(rf"\b({'|'.join(GLOSSARY)})\b")
    found = [
        f"{name(path)}:{number}: {word}, say {GLOSSARY[word]}"
        for path in PRODUCT
        for number, line in enumerate(path.read_text().splitlines(), 1)
        for word in old.findall(line)
    ]
    assert found == []


def test_every_task_has_a_group_above_it() -> None:
    """The linter bans the functions of asyncio that start one; this finds the loop's own method."""
    assert {name(path) for path in PRODUCT if any(map(_starts_a_task, ast.walk(parsed(path))))} == ROOTLESS


def test_whoever_waits_for_a_process_waits_long_enough() -> None:
    """A machine that also runs other tests takes many times as long as an idle one."""
    short = [
        f"{name(path)}:{node.lineno}: give it WAIT_LIMIT"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        if "timeout=" in (text := path.read_text("utf-8")) and ("subprocess" in text or "communicate" in text)
        for node in ast.walk(parsed(path))
        if _waits_for_a_process(node) and any(map(_is_a_short_limit, node.keywords))
    ]
    assert short == []


def _waits_for_a_process(node: ast.AST) -> TypeGuard[ast.Call]:
    """Is it `subprocess.run(...)`, or the `communicate` of a process?"""
    waits = {"run", "check_output", "communicate"}
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in waits


def _is_a_short_limit(keyword: ast.keyword) -> bool:
    match keyword:
        case ast.keyword(arg="timeout", value=ast.Constant(value=int() | float() as seconds)):
            return seconds < WAIT_LIMIT
    return False


def _starts_a_task(node: ast.AST) -> bool:
    """Is it `loop.create_task(...)`, whatever the loop is called?"""
    match node:
        case ast.Call(func=ast.Attribute(attr="create_task", value=owner)):
            return _last_name(owner).strip("_").endswith("loop")
    return False


def _last_name(node: ast.expr) -> str:
    """Return the name that an expression ends in: `loop` of `self.loop`, `get_running_loop` of a call of it."""
    match node:
        case ast.Call(func=func):
            return _last_name(func)
        case ast.Attribute(attr=attr):
            return attr
        case ast.Name(id=identifier):
            return identifier
    return ""
