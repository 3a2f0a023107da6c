// The transcript: a line for each segment. The side shows the speaker, and a screen reader reads the name.

import { byId, make, setText } from "./elements.js";

const NEAR = 80; // pixels from the end within which the newest line is followed
const NAMES = { me: "You: ", bot: "Bot: ", other: "Someone else: " };

/** Shows the lines of a store's state, from now on. */
export function showTranscript(store) {
  const [list, newest] = ["transcript", "newest"].map(byId);
  const elements = new Map(); // of each line's id
  let shown = null;
  let follows = true;
  let height = 0;

  list.addEventListener("scroll", () => {
    if (list.clientHeight !== height) return; // the window has changed, and nobody has scrolled
    follows = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR;
    newest.hidden = follows;
  });
  newest.addEventListener("click", () => {
    follows = true;
    follow();
    list.focus({ preventScroll: true });
  });
  new ResizeObserver(() => {
    height = list.clientHeight; // a phone's keyboard has come or gone
    follow();
  }).observe(list);

  function follow() {
    if (follows) list.scrollTop = list.scrollHeight;
  }

  store.subscribe(({ lines }) => {
    if (lines === shown) return;
    shown = lines;
    const kept = new Set(lines.map(({ id }) => id));
    for (const [id, element] of elements) {
      if (kept.has(id)) continue;
      element.remove();
      elements.delete(id);
    }
    for (const line of lines) {
      const element = elements.get(line.id) ?? add(line);
      if (element.shown !== line) fill(element, line);
    }
    if (lines.at(-1)?.typed && lines.at(-1).who === "me") follows = true;
    follow();
  });

  function add(line) {
    const element = make("li", line.who);
    if (line.who === "talk") element.append(make("span", "", "A new talk"));
    else element.append(make("span", "unseen", NAMES[line.who]), make("span", "words"), make("del"));
    elements.set(line.id, element);
    list.append(element);
    return element;
  }
}

function fill(element, line) {
  element.shown = line;
  if (line.who === "talk") return;
  const [, words, unheard] = element.children;
  setText(words, line.text);
  element.classList.toggle("open", line.open);
  setText(unheard, line.unheard ? ` ${line.unheard}` : "");
  unheard.hidden = !line.unheard;
  unheard.title = line.unheard ? "You interrupted: this was not heard." : "";
}
