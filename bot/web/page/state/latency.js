// The parts of an answer's latency, from the bot's attribute `rawbot.latency`.

const PARTS = [
  // key of the end, key of the start (or nothing: the last word), words
  ["transcript_delay", null, "Your words recognized"],
  ["endpoint_delay", null, "Sure that you had finished"],
  ["hook_delay", null, "Hook asked"],
  ["text_delay", "start_delay", "First words thought of"],
  ["audio_delay", "text_delay", "First sound made"],
  ["voice_to_voice_delay", "release_delay", "First sound on its way"],
];

/** The latency as { total, isDraft, parts: [{ label, from, to }] } in seconds after the person's last word, or null. */
export function readLatency(text) {
  let given;
  try {
    given = JSON.parse(text);
  } catch {
    return null;
  }
  const total = given?.voice_to_voice_delay;
  if (typeof total !== "number") return null;
  const parts = PARTS.filter(([end]) => typeof given[end] === "number").map(([end, start, label]) => {
    const to = clamp(given[end], total);
    return { label, from: Math.min(clamp(given[start] ?? 0, total), to), to };
  });
  return { total, isDraft: given.is_draft === true, parts };
}

function clamp(seconds, total) {
  return Math.min(Math.max(seconds, 0), Math.max(total, 0));
}

/** Seconds in words. */
export function seconds(value) {
  return value < 0.995 ? `${Math.round(value * 1000)} ms` : `${value.toFixed(1)} s`;
}
