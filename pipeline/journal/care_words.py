"""Why the bot has ended a call by itself, and what had stopped, in words for the log and the journal."""

from pipeline.commands import EndReason, Fault

END_REASONS: dict[EndReason, str] = {
    "idle": "nobody says anything any more",
    "duration": "it has lasted for as long as it may",
    "turns": "the person has had all turns that it may have",
    "tokens": "it has used all tokens that it may",
    "characters": "it has had all characters spoken that it may",
    "cost": "it has cost as much as it may",
}
"""Why the bot ends a call by itself."""

FAULTS: dict[Fault, str] = {
    "stuck_reply": "recover: nothing of the reply on air was played any more",
    "unanswered_turn": "recover: nothing was being done for the person's turn",
    "no_sound": "recover: no sound comes from the person's microphone, which is on",
}
"""What had stopped, by the watchdog that has noticed."""
