// The transcript: a line for each segment. The side shows the speaker, and a screen reader reads the name.

import { byId, make, setText } from "./elements.js";

const MOST_UNHEARD = 30; // words that are shown of what was not heard, unless somebody wants to see them all
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
    else element.append(name(line.who), make("span", "words"), make("del"), unfolding());
    element.dir = "auto"; // by its own words
    elements.set(line.id, element);
    list.append(element);
    return element;
  }
}

function fill(element, line) {
  element.shown = line;
  if (line.who === "talk") return;
  const [, words, unheard, more] = element.children;
  setText(words, line.text);
  element.classList.toggle("open", line.open);
  const all = line.unheard.split(/\s+/);
  const folded = element.isUnfolded ? 0 : Math.max(all.length - MOST_UNHEARD, 0);
  const shown = folded ? `${all.slice(0, MOST_UNHEARD).join(" ")} …` : line.unheard;
  setText(unheard, shown && ` ${shown}`);
  unheard.hidden = !shown;
  unheard.title = shown && "You interrupted: this was not heard.";
  setText(more, folded ? `${folded} more words` : "");
  more.hidden = !folded;
}

/** Who says it, for a screen reader; its direction is not that of the words. */
function name(who) {
  const element = make("span", "unseen", NAMES[who]);
  element.dir = "ltr";
  return element;
}

function unfolding() {
  const button = make("button", "more");
  button.type = "button";
  button.dir = "ltr";
  button.addEventListener("click", () => {
    const line = button.parentElement;
    line.isUnfolded = true;
    fill(line, line.shown);
  });
  return button;
}
