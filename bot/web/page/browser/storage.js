// What the browser keeps: who the person is, for good; the transcript, as long as the tab is open. It may refuse to.

const IDENTITY = "rawbot.identity";
const LINES = "rawbot.lines";
const SAVE_DELAY = 300; // milliseconds

/** The identity of the person, or "" for somebody new. A bot goes on with the same person, in another tab, too. */
export function readIdentity() {
  return attempt(() => localStorage.getItem(IDENTITY)) ?? "";
}

export function saveIdentity(identity) {
  attempt(() => localStorage.setItem(IDENTITY, identity));
}

/** What was saved last: { at, lines }, or null. */
export function readTranscript() {
  const saved = attempt(() => JSON.parse(sessionStorage.getItem(LINES)));
  return Array.isArray(saved?.lines) ? saved : null;
}

/** Keeps the transcript of a store from now on. */
export function keepTranscript(store) {
  let saved = store.state.lines;
  let timer = 0;

  function save() {
    clearTimeout(timer);
    timer = 0;
    const { lines, phase, phaseSince } = store.state;
    saved = lines;
    const at = phase === "idle" ? phaseSince : Date.now();
    attempt(() => sessionStorage.setItem(LINES, JSON.stringify({ at, lines })));
  }

  store.subscribe(({ lines }) => {
    if (lines !== saved && !timer) timer = setTimeout(save, SAVE_DELAY);
  });
  addEventListener("pagehide", () => store.state.lines.length && save());
}

/** What `use` returns; null where the browser throws, as with all cookies blocked, or when its storage is full. */
function attempt(use) {
  try {
    return use();
  } catch {
    return null;
  }
}
