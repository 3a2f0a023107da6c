// Everything that the page says of how things are, and of what went wrong.

/** Of each activity (activity.js): its name, and a hint. */
export const STATUS = {
  off: ["Ready when you are", "Press once; your browser asks for the microphone."],
  ended: ["The talk is over", "What was said stays here until you close this tab."],
  connecting: ["Connecting…", ""],
  reconnecting: ["Connection lost", "Trying to get it back…"],
  waiting: ["Waiting for the bot…", "It should join within a few seconds."],
  preparing: ["Getting ready…", "The bot is there and prepares itself."],
  away: ["The bot does not respond", "Maybe it comes back in a moment…"],
  taken: ["The bot talks with someone else", "It hears you once they have left."],
  asking: ["May I hear you?", "Your browser asks for the microphone."],
  listening: ["Listening", "Go ahead. You may interrupt the bot at any time."],
  behind: ["Listening", "Your words take long to be recognized…"],
  muted: ["You are muted", "The bot does not hear you. You can type."],
  typing: ["Ready to read", "The bot does not hear you: type, or turn the microphone on."],
  thinking: ["Thinking…", ""],
  tool: ["Looking it up…", ""],
  speaking: ["Speaking", "Just speak up to interrupt."],
};

/** The hint of "speaking" while the bot hears nothing: by the status of the microphone, or else. */
export const UNHEARD = { muted: "You are muted: type to interrupt.", else: "Type to interrupt." };

/** Whether the call is recorded: by the bot's attribute `rawbot.recording`. */
export const RECORDING = { on: "Recording", paused: "Recording paused" };

/** Of each end: what happened and what to do, and the label of the orb. `{detail}` is what the other side said. */
export const ENDS = {
  program: ["The program behind this page has ended. Start it again, and open the address that it prints.", "Try again"],
  unserved: ["The server of this page does not answer. Check your network, and try again.", "Try again"],
  refused: ["You were not let in: {detail}", "Try again"],
  server: ["The LiveKit server cannot be reached: {detail} Check that it runs.", "Try again"],
  lost: ["The connection was lost and did not come back. Check your network, and that the server runs.", "Start again"],
  shutDown: ["The LiveKit server was stopped. Start again once it runs.", "Start again"],
  asleep: ["The browser had put this page to sleep, which ended the talk.", "Start again"],
  closed: ["The room was closed.", "Start again"],
  removed: ["You were taken out of the room.", "Start again"],
  elsewhere: ["The talk goes on in another tab or window.", "Talk here instead"],
  elsewhereEnded: ["The talk went on in another tab or window, and is over there, too.", "Go on"],
  unwanted: ["Your microphone is off, as the bot cannot serve this talk: {detail}", "Start again"],
  missing: ["No bot has come. Look at the terminal in which it was started. Your microphone is off.", "Start again"],
  gone: ["The bot is gone: it has ended, or lost its connection. Your microphone is off.", "Start again"],
  hungUp: ["The bot has ended the talk. Your microphone is off.", "Start again"],
};

/** What may be wrong with the microphone, and what to do. */
export const MICROPHONE = {
  refused: "The browser does not let this page use the microphone. Allow it beside the page's address, then turn it on.",
  missing: "No microphone was found. Connect one, then turn it on.",
  busy: "The microphone cannot be opened. Close other programs that may use it, then turn it on.",
  unplugged: "The microphone is gone: it was unplugged, or turned off. Connect it or choose another one.",
  insecure: "Browsers give the microphone only to pages at https:// or http://localhost. Open this page there.",
  unusable: "The microphone does not work here: {detail}",
};

/** Beside these, one can always type. */
export const INSTEAD = "You can type meanwhile.";

export const SILENT = "Nothing comes from your microphone. Is it the right one, and not switched off?";
export const SOUND_BLOCKED = "The browser keeps the bot silent until you press here.";
export const NOT_SENT = "Your message was not sent: {detail}";
export const ELSEWHERE = "A talk is going on in another tab. Starting here brings it over.";

/** What serves the bot, by LiveKit's names for it. */
export const SERVICES = { stt: "Hearing", llm: "Thinking", tts: "Speaking" };

/** A text with its detail. */
export function filled(text, detail) {
  return text.replace("{detail}", detail || "no reason was given.");
}
