// The transcript: one line for each segment, typed message and beginning of a talk.
//
// A line is { id, who, text, open, unheard }: `who` is me, bot or other, or "talk" where a talk begins; `open` while
// words are added; `unheard` is what was written of a reply and not heard, as it was broken off.

/** Milliseconds for which a bot waits for a person who has left, and then goes on with them. */
const GRACE_DELAY = 10_000;

/** Lines that are kept. */
const MOST_LINES = 400;

/** The lines with what a text stream has brought of its segment. The latest stream of a segment counts. */
export function takeSegment(lines, { id, stream, text, open, unheard = "" }, who) {
  const at = lines.findLastIndex((line) => line.id === id);
  if (at < 0) return text.trim() ? bounded([...lines, { id, who, text, open, unheard, stream }]) : lines;
  if (lines[at].stream > stream) return lines; // of a stream that another one has taken over from
  return text.trim() ? lines.with(at, { ...lines[at], text, open, unheard, stream }) : lines.toSpliced(at, 1);
}

/** The lines with a text that was typed: it is whole. */
export function addTyped(lines, who, id, text) {
  if (lines.some((line) => line.id === id)) return lines;
  return bounded([...lines, { id, who, text, open: false, unheard: "", typed: true }]);
}

/** The lines when a talk begins: those of the last one stay, apart from it, unless the bot goes on with it. */
export function beginTalk({ lines, end, phaseSince }, now) {
  const goesOn = now - phaseSince < GRACE_DELAY && !["gone", "hungUp"].includes(end?.why);
  if (goesOn || !lines.length || lines.at(-1).who === "talk") return lines;
  return bounded([...lines, { id: `talk ${now}`, who: "talk", text: "", open: false, unheard: "" }]);
}

/** The lines as another page has kept them: its streams have ended, and those of this one are newer. */
export function restored(lines) {
  return closeOpen(lines.map((line) => ({ ...line, stream: 0 })));
}

/** The lines when nothing more comes. */
export function closeOpen(lines) {
  return lines.map((line) => (line.open ? { ...line, open: false } : line));
}

function bounded(lines) {
  return lines.slice(-MOST_LINES);
}
