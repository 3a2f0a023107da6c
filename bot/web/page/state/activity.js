// What goes on, in one word: what the page says and how the orb looks follow from it.

/** The activity of a state: a key of STATUS in words.js. */
export function activity(state) {
  if (state.phase === "idle") return state.end ? "ended" : "off";
  if (state.phase === "joining") return "connecting";
  if (state.phase === "reconnecting") return "reconnecting";
  if (state.botAwaySince) return "away";
  if (!state.bot) return "waiting";
  return botActivity(state, state.bot.attributes);
}

function botActivity(state, attributes) {
  if (isTaken(state)) return "taken";
  switch (attributes["lk.agent.state"]) {
    case "speaking":
      return "speaking";
    case "thinking":
      return attributes["rawbot.tool"] ? "tool" : "thinking";
    case "listening":
      return listening(state.microphone.status, attributes);
    default:
      return "preparing";
  }
}

function listening(microphone, attributes) {
  if (microphone === "muted") return "muted";
  if (microphone === "asking") return "asking";
  if (microphone !== "open") return "typing";
  return attributes["rawbot.transcriber"] === "behind" ? "behind" : "listening";
}

/** Whether the bot talks with somebody else. */
export function isTaken({ bot, me }) {
  const person = bot?.attributes["rawbot.person"];
  return Boolean(person) && person !== me;
}
