"""Journals of calls that went in known ways."""

from collections.abc import Sequence
from pathlib import Path

from pipeline import events
from pipeline.agent import AgentProfile
from pipeline.journal import Journal
from pipeline.messages import Tool, ToolRequest
from pipeline.testing import Scene
from pipeline.turn.policy import Policy
from pipeline.turn.state import State
from tests.support.talk import Talk

ATTACKS = (
    "<script>alert(1)</script>",
    "</title></style></script><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    '" autofocus onfocus="alert(1)',
    "]]><!-- --><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "&lt;script&gt; &#60;script&#62;",
    "\u202egnp.exe \u2066isolated\u2069 \x00\x1b[31m \ud800 \ufeff",
    "{{constructor.constructor('alert(1)')()}} ${alert(1)} `",
    "<" * 300,
)
"""What strangers may say."""


def record_hostile(path: Path, text: str) -> Path:
    """A call in which everything that comes from outside is `text`."""
    agent = AgentProfile(greeting=text or "Hi.", tools=(Tool(text, text, {}),))
    policy, start = Policy(), State(agent=agent, has_language_model=True)
    journal = Journal(path, policy, start)
    talk = Talk(journal.observe, policy=policy, start=start)
    talk.happen(events.Joined(talk.now, text, text))
    talk.happen(events.PersonLinked(talk.now, text))
    talk.get_ready()
    talk.play()
    talk.listen(0.5)
    talk.happen(events.ParticipantConnected(talk.now, text, text))
    talk.happen(events.TranscriberLost(talk.now, f"deepgram: {text}"))
    talk.happen(events.TranscriberBack(talk.now + 0.1))
    talk.happen(events.ReplyEnded(talk.now, talk.on_air or "", text[: len(text) // 2], is_cut=True))
    talk.start_speaking()
    talk.listen(0.8)
    talk.interim(text)
    talk.stop_speaking()
    talk.listen(0.2)
    talk.final(text)
    talk.listen(1.5)
    talk.write()
    if talk.begun:
        talk.happen(events.ToolsRequested(talk.now, talk.begun[-1], (ToolRequest(text, text, text),)))
    talk.get_ready()
    talk.play()
    talk.listen(0.5)
    for call in talk.state.tools.running[:1]:
        talk.happen(events.ToolReturned(talk.now, call.request.id, text, is_error=True))
    talk.happen(events.ReplyEnded(talk.now, talk.on_air or "", text, is_cut=False, error=f"openai: {text}"))
    talk.type(text)
    talk.happen(events.RequestRepeated(talk.now, "llm", "failover", text, text))
    talk.listen(1.0)
    journal.close()
    return path


def record_answers(path: Path, delays: Sequence[float], text: str = "What is the time?") -> Path:
    """A call with an answer that takes about `delays` seconds to each question."""
    policy = Policy()
    journal = Journal(path, policy)
    talk = Talk(journal.observe, policy=policy)
    talk.join()
    for delay in delays:
        talk.start_speaking()
        talk.listen(1)
        talk.interim(text)
        talk.stop_speaking()
        talk.listen(0.2)
        talk.final(text)
        talk.listen(max(0.0, delay - 0.3))
        talk.write()
        talk.chunk()
        talk.listen(0.1)
        talk.get_ready()
        talk.play()
        talk.listen(1.5)
        talk.finish()
        talk.listen(0.5)
    journal.close()
    return path


def record_story(path: Path) -> Path:
    """A call with a slow model, a cough, an interruption, a tool, and a transcriber that is away for a moment."""
    scene = Scene(journal=path)
    scene.tool("get_weather", "sunny, 21 degrees", takes=1.2)
    scene.llm.first_token = 1.9
    scene.llm.answers(
        "Once upon a time there was a king who had three daughters, and the youngest was as fair as the morning sun.",
        "His name was Richard.",
    )
    scene.llm.calls("get_weather", city="Paris")
    scene.llm.answers("It is sunny there, with twenty-one degrees.", "You are welcome.")
    scene.person.says("Can you tell me the story of the king?", at=0.6)
    scene.person.coughs(at=6.6)
    scene.does(7.0, lambda: setattr(scene.llm, "first_token", 0.3))
    scene.person.interrupts("Wait, what was his name?", at=8.4)
    scene.person.says("And how is the weather in Paris?", at=13.0)
    scene.stt.goes_away(21.0, 0.8)
    scene.person.says("Thank you very much.", at=20.5)
    scene.run()
    return path
