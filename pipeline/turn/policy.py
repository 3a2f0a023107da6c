"""How a conversation is led: delays in seconds, thresholds, bounds. What the bot is stands in `pipeline.agent`."""

from dataclasses import dataclass
from typing import Literal

Preemption = Literal["off", "llm", "llm+tts"]
"""How far a reply is made before the turn is over: not at all, its text, or its text and audio."""


OnFailure = Literal["leave", "stay", "transfer"]
"""What follows when a provider refuses, or was waited for in vain, once the person was informed: the bot ends with its
error; or stays, and answers when it is back; or hands the person over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The reducer's tuning. All delays are seconds; those that count speech or silence count it in audio."""

    # Endpointing: silence after speech until the turn is over, by how the words look. Patience up to about 0.6 s is
    # free: it hides behind the making of the reply.
    complete_delay: float = 0.5
    open_delay: float = 0.9
    unfinished_delay: float = 1.8
    wordless_delay: float = 1.2
    """Speech of which no words have come: a noise, or a transcriber that is late."""
    audio_patience: float = 2.5
    """How late a deadline fires at the latest when no audio is seen although none is known to be absent: longer than a
    stall after which 55 windows came at once (1.8 s), or the stall becomes a cut-in."""
    maybe_speech: float = 0.5
    """Probability from which a window may turn out to be the start of speech..."""
    maybe_speech_delay: float = 0.1
    """...for which a reply that is about to be released waits: the detector needs 64 ms to be sure."""

    # Finalize. The detector takes some 50 ms to notice a silence, so that these are about 180 and 150 ms of it: word
    # gaps reach 150, which is enough only behind words that look complete.
    finalize_silence: float = 0.12
    finalize_silence_complete: float = 0.09
    finalize_timeout: float = 0.35
    """After it the last interim serves: transcribers do not promise an answer."""
    lag_limit: float = 1.0
    """How far transcripts may lie behind the audio when they come. Beyond it the transcriber is behind, and no turn
    ends before it has caught up."""
    stall_limit: float = 1.5
    """How long the transcriber may say nothing while speech is not transcribed, as interims may come only once a second
    and some 0.3 s late; beyond it, when it does not answer Finalize either, it has stalled, which counts as behind."""
    coverage_lag: float = 0.3
    """How much of the end of the speech a transcript that has caught up need not cover: the detector hears a word end
    late, and some transcribers report the end of the last word for that of the audio."""
    deaf_timeout: float = 8.0
    """How long the person waits for a transcriber that is away or behind until the bot says that it did not hear..."""
    catch_up_delay: float = 1.0
    """...and how long the end of the turn waits, when it is back, for the words of the meantime."""

    # Barge-in.
    hold_speech: float = 0.15
    """Speech after which the bot falls silent, reversibly: five windows. With what was written to the room still to be
    played, that is 200 ms and more at the person's side."""
    cut_speech: float = 1.2
    """Speech without any word after which it is a barge-in all the same."""
    resume_delay: float = 0.5
    """Silence after which the bot goes on when no word came."""
    backchannel_delay: float = 1.5
    """How long the bot must have gone on talking after an "mm-hm" for it to be no answer."""
    backchannels: frozenset[str] | None = None
    """Words and phrases like it, in any spelling; None for those of the agent's language (`pipeline.turn.lexicon`)."""

    # Preemptive generation.
    preemption: Preemption = "llm+tts"
    draft_silence: float = 0.09
    transcript_lag: float = 0.15
    """How much of the end of the speech an interim that looks complete need not cover: the detector hears a word end
    some 50 ms late, and transcribers report it before its last sound. At worst a draft is made for a word too few."""
    max_drafts: int = 3
    """Of one turn, before its end."""

    # Providers.
    provider_budget: float = 8.0
    """How long the language model and the voice together may keep the person waiting for one reply, all attempts
    included. Then the bot apologizes, or shows the text and waits for the voice."""
    on_failure: OnFailure = "leave"
    hedges_model: bool = False
    """Whether the language model is asked a second time, beside, when its first token is later than 95 % of the last
    50; at most once a turn. Without it, and while fewer than 20 are known, that happens after 3 s."""

    # Keys of a telephone, where the agent takes them.
    dtmf_terminator: str = "#"
    """The key that ends what is keyed, and is no part of it; empty for none."""
    dtmf_timeout: float = 3.0
    """How long no key must have been pressed for what was keyed to be whole: people look digits up as they go."""

    # Tools.
    filler_delay: float = 1.2
    """How long nothing may be heard, from the person's last word or the bot's, until the filler of a tool that runs is
    said. Beyond some two seconds people ask whether anybody is there."""
    progress_delay: float = 6.0
    """The same until what a tool reports of its progress is said, once something was heard while it runs."""
    max_tool_steps: int = 5
    """How often in a row the model may call tools for one turn; then it is asked without them."""
    max_tool_calls: int = 8
    """Calls of one answer that are made. A model that asks for more is in a loop, or needs a tool for lists."""

    # Watchdogs: what never should take so long has stopped.
    playout_limit: float = 2.5
    """How long nothing of a reply on air may be played that is not held, from when that is noticed, which takes half a
    second. Then what was heard of it stands, and the rest is said again."""
    starved_limit: float = 10.0
    """The same while none of its audio is there: longer than `provider_budget`, within which others are asked."""
    answer_limit: float = 8.0
    """How long the person may wait for an answer for which nothing is done."""
    no_audio_delay: float = 0.2
    """How long no audio may come from a microphone that is on, from when that is noticed, which takes 0.8 s, until the
    bot says that it hears nothing."""
    zeros_delay: float = 5.0
    """How long it may be the person's turn with nothing but zeros from their microphone until the bot says so: apps
    that take noise away send zeros in a pause, and people think before they speak."""

    # Idle care and the end of a call.
    idle_after: float = 0.0
    """How long nobody need say anything until the person is asked whether they are there, and then again. After the
    same time once more the bot says goodbye and hangs up; 0 for never."""
    max_call_duration: float = 0.0
    """Of a call with one person, from when they are there. A call that has reached a limit ends with a farewell, behind
    what is being said; 0 for no limit, as with the others:"""
    max_call_turns: int = 0
    """turns of the person,"""
    max_call_tokens: int = 0
    """tokens of all requests to the language model, prompts included,"""
    max_call_characters: int = 0
    """characters given to the voice,"""
    max_call_cost: float = 0.0
    """and what all that costs, in the currency of the price list; without prices nothing is known to cost anything."""
    farewell_delay: float = 10.0
    """How long what is being said may go on when the bot ends a call, and then how long the farewell may take."""

    # Bounds: of what a person can make the bot's owner pay for, and of what the language model is sent.
    max_requests_per_minute: int = 30
    """Requests to the language model for answers, drafts included. Past it the turn waits, and goes on growing."""
    max_typed_characters: int = 8_000
    """Of one turn; what is typed beyond is kept for the next one."""
    max_reply_characters: int = 4_000
    """Of one reply, about four and a half minutes: nobody listens for longer. It ends behind a whole sentence."""
    max_reply_repeats: int = 6
    """How often the language model may say the same again at once: a model in a loop never ends by itself. A repeat has
    48 characters or more, so that "no, no, no" is none, and a breathing exercise may go on for a while."""
    max_prompt_messages: int = 200
    """Messages of the history in a prompt, the newest..."""
    max_prompt_characters: int = 60_000
    """...and their characters. A turn and its answer stay together; the person's last words stay in any case."""
    max_result_characters: int = 24_000
    """Of them for the results of tools since those words: they share this, and long ones are cut in the prompt."""
    summary_messages: int = 80
    """Messages of the history in a prompt beyond which its older part is summarized: far below the bound, as a summary
    is made only while no reply needs the language model; 0 for no summaries..."""
    summary_characters: int = 24_000
    """...or their characters, some 6,000 tokens."""

    memory_delay: float = 0.3
    """How long a greeting that the language model makes waits for what is known of the person. Reading a file takes
    some milliseconds."""
    keeps_history: bool = False
    """The next person's conversation goes on from the history of the last person's; the model then knows both."""

    def __post_init__(self) -> None:
        """Raise TypeError for backchannels that are not a frozenset: a text would be one of letters."""
        if not isinstance(self.backchannels, frozenset | None):
            raise TypeError(f"backchannels must be a frozenset of words and phrases, not {self.backchannels!r:.60}")
