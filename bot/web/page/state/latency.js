// Why the last answers took as long as they did, from the bot's attribute `rawbot.latency`.

const KEPT = 5;

/** Of each stage: its words, and whose work it is. */
export const STAGES = {
  transport: ["Your sound came late", "hear"],
  endpointing: ["Sure that you had finished", "hear"],
  stt: ["Your words recognized", "hear"],
  hook: ["Hook asked", "think"],
  llm: ["First words thought of", "think"],
  chunk: ["First words put together", "think"],
  tts: ["First sound made", "speak"],
  waiting: ["Waiting for its turn", "rest"],
  playout: ["First sound on its way", "speak"],
  tools: ["Tools at work", "think"],
  follow_up: ["Answer to what they gave", "think"],
};

/** Whose work it is, in words. */
export const WORKS = { hear: "Hearing you", think: "Thinking", speak: "Speaking", rest: "Waiting" };

/** The last answers, newest first, with one more if the attribute has a new one. */
export function withAnswer(answers, text) {
  if (!text || answers[0]?.text === text) return answers;
  const answer = readLatency(text);
  return answer ? [{ ...answer, text }, ...answers].slice(0, KEPT) : answers;
}

/**
 * The latency as { total, hidden, spans, waited }, or null. Times are seconds after the person's last word. `spans` are
 * the stages side by side, `waited` is what the person waited for at each moment: both are [{ label, work, from, to }].
 */
export function readLatency(text) {
  let given;
  try {
    given = JSON.parse(text);
  } catch {
    return null;
  }
  const total = given?.voice_to_voice_delay;
  if (typeof total !== "number" || !Array.isArray(given.spans) || !Array.isArray(given.waited)) return null;
  const ends = given.waited.map(([, end]) => end);
  return {
    total,
    hidden: given.hidden_delay ?? 0,
    spans: given.spans.map(([name, start, end]) => stage(name, clamp(start, total), clamp(end, total))),
    waited: given.waited.map(([name, end], place) => stage(name, place ? ends[place - 1] : 0, end)),
  };
}

function stage(name, from, to) {
  const [label, work] = STAGES[name] ?? [name, "rest"];
  return { label, work, from, to };
}

function clamp(seconds, total) {
  return Math.min(Math.max(seconds, 0), Math.max(total, 0));
}

/** For what the person waited longest, and all of it, in words. */
export function described({ waited }) {
  const parts = waited.map(({ label, from, to }) => `${label.toLowerCase()}: ${seconds(to - from)}`);
  const longest = [...waited].sort((one, other) => other.to - other.from - (one.to - one.from))[0];
  return { longest: longest?.label ?? "", all: parts.join(", ") };
}

/** Seconds in words. */
export function seconds(value) {
  return value < 0.995 ? `${Math.round(value * 1000)} ms` : `${value.toFixed(1)} s`;
}
