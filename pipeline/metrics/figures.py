"""What is measured. All times are seconds as the bot sees them, without what all packets take on their way."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Latencies:
    """One answer. All delays count from `asked_at`; None for what did not happen, negative for what came before it."""

    reply_id: str
    turn: int = 0
    """The number of the turn that it answers, from 1 on in a session, backchannels apart."""
    asked_at: float
    """Loop time: the end of the person's last word, or of their typing."""
    transport_delay: float | None = None
    """By which the window that showed the end of the speech was late, see `Waterfall`; None without one."""
    finalize_delay: float | None = None
    """Until the transcriber was last asked for what it has; None when it was not."""
    transcript_delay: float | None
    """Until the last final transcript; None when an interim had to do."""
    start_delay: float
    """Until the reply was begun, as a draft or not."""
    text_delay: float | None
    """Until the language model's first text."""
    chunk_delay: float | None = None
    """Until the voice could begin: the first chunk of the text was there, and might be spoken."""
    audio_delay: float | None
    """Until the first audio was ready."""
    calls_delay: float | None = None
    """Until the calls of tools were there, of an answer that does nothing else at first."""
    endpoint_delay: float
    """Until the turn was taken to be over."""
    hook_start_delay: float | None = None
    """Until the hook of the turn was run."""
    hook_delay: float | None = None
    """Until the hook of the turn had answered, or was given up; None when none was run for it."""
    release_delay: float
    """Until the reply was put on air: the latest of the end of the turn, the hook, and the first audio."""
    results_delay: float | None = None
    """Until the results of those calls were in the history."""
    voice_to_voice_delay: float | None = None
    """Until its first sample left; None when it was cut before. Of an answer that begins with a silent call of a tool,
    until the first sample of what follows."""
    requests: int
    """To the language model for this turn: 1, and one for each draft or failed reply before."""
    is_draft: bool
    """The answer was begun before the turn was over."""
    retries: int = 0
    """Requests to the same provider again, until the first sample..."""
    failovers: int = 0
    """...to another one in its place..."""
    second_requests: int = 0
    """...and beside one that was late: for this answer, and to the transcriber for this turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BargeIn:
    """Speech into a reply. Delays count from the start of the speech; None for what did not happen."""

    reply_id: str
    began_at: float
    """Loop time."""
    duck_delay: float | None = None
    hold_delay: float | None = None
    cut_delay: float | None = None
    silence: float | None = None
    """From the hold until the reply went on: the cost of a false barge-in."""

    @property
    def is_false(self) -> bool:
        """The reply fell silent for nothing."""
        return self.silence is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolStep:
    """The calls of tools that one reply asked for."""

    reply_id: str
    began_at: float
    """Loop time."""
    calls: int = 0
    """That are over."""
    failures: int = 0
    results_delay: float | None = None
    """Until the last result was in the history, behind what was being said."""
    request_delay: float | None = None
    """From then until the language model was asked to go on: what the bot itself adds, unless the person spoke."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How often."""

    turns: int = 0
    """Of the person, committed, apart from backchannels."""
    backchannels: int = 0
    replies: int = 0
    """Put on air: answers, greetings and texts that were asked for."""
    replies_cut: int = 0
    requests: int = 0
    """To the language model: for answers and a greeting."""
    drafts_used: int = 0
    drafts_discarded: int = 0
    """Replies to a turn that were begun and not put on air, failures apart..."""
    wasted_prompt_tokens: int = 0
    """...with the tokens of their requests..."""
    wasted_completion_tokens: int = 0
    wasted_characters: int = 0
    """...and the characters that were given to the voice for them: all three are among those below."""
    failures: int = 0
    """Replies that failed before or during playout."""
    transcriber_losses: int = 0
    retries: int = 0
    """Requests to a provider, of any kind, that were made again..."""
    failovers: int = 0
    """...or to another one in its place..."""
    second_requests: int = 0
    """...or beside one that was late."""
    underruns: int = 0
    """Times that a reply on air fell silent because its audio came too late..."""
    underrun_duration: float = 0.0
    """...and for how many seconds in all."""
    loop_lags: int = 0
    """Times that the event loop was late, see `LoopLagged`..."""
    longest_loop_lag: float = 0.0
    """...and by how many seconds at most."""
    silent_microphones: int = 0
    """Times that a microphone that was on gave nothing but zeros."""
    stuck_replies: int = 0
    """Replies on air that were ended because nothing of them was played any more."""
    unanswered_turns: int = 0
    """Turns for which nothing was done, and that were then answered all the same."""
    unheard_people: int = 0
    """Times that the bot has said that no sound comes from the person."""
    hand_overs: int = 0
    """From one agent to another."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    characters: int = 0
    """Given to the voice."""
    summaries: int = 0
    """Made of the older part of a conversation."""
    summary_requests: int = 0
    """To a language model for summaries, with those that failed or were called off; none of `requests`..."""
    summary_prompt_tokens: int = 0
    summary_completion_tokens: int = 0
    """...and their tokens, which are none of those above."""
    words_heard: int = 0
    """Of all replies..."""
    cut_words_heard: int = 0
    """...and of those that were cut."""
