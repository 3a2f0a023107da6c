// Facts about the bot, one click away: what it is made of, and how its last answers took their time.

import { described, seconds, WORKS } from "../state/latency.js";
import { madeOf } from "../state/made_of.js";
import { byId, make, setText } from "./elements.js";

/** Shows what a store's state knows of the bot, from now on. */
export function showFacts(store) {
  const [latency, total, waterfall, draft] = ["latency", "total", "waterfall", "draft"].map(byId);
  const [answers, works] = ["answers", "works"].map(byId);
  const [parts, notes, made] = ["parts", "notes", "made-of"].map(byId);
  const shown = {};

  store.subscribe((state) => {
    const attributes = state.bot?.attributes ?? {};
    if (isNew("answers", state.answers)) showAnswers(state.answers);
    if (attributes["rawbot.providers"] && isNew("providers", attributes["rawbot.providers"])) {
      parts.replaceChildren(...madeOf(attributes["rawbot.providers"]).flatMap(row));
    }
    if (isNew("notes", state.notes)) notes.replaceChildren(...state.notes.map((note) => make("li", "", note)));
    notes.hidden = parts.children.length > 0;
    made.hidden = parts.children.length === 0 && state.notes.length === 0;
  });

  function showAnswers(all) {
    latency.hidden = all.length === 0;
    if (all.length === 0) return;
    const [last] = all;
    setText(total, seconds(last.total));
    waterfall.replaceChildren(...last.spans.map((span) => bar(span, last.total)));
    draft.hidden = last.hidden < 0.001;
    setText(draft, `It was begun while you paused, and came ${seconds(last.hidden)} earlier for that.`);
    const longest = Math.max(...all.map((answer) => answer.total));
    answers.replaceChildren(...all.map((answer) => waitedFor(answer, longest)));
    const seen = new Set(all.flatMap((answer) => answer.waited.map((stage) => stage.work)));
    works.replaceChildren(...Object.keys(WORKS).filter((work) => seen.has(work)).map(workItem));
  }

  function isNew(name, value) {
    const is = shown[name] !== value;
    shown[name] = value;
    return is;
  }
}

function row({ label, name, remark }) {
  const described = make("dd");
  described.append(make("b", "", name));
  if (remark) described.append(make("span", "", remark));
  return [make("dt", "", label), described];
}

/** One stage of an answer: when it was at work. */
function bar(span, total) {
  const row = make("li");
  row.append(make("span", "part", span.label), track([span], total), make("span", "time", seconds(span.to - span.from)));
  return row;
}

/** One answer: what the person waited for, one thing after the other. */
function waitedFor(answer, longest) {
  const row = make("li");
  const { longest: most, all } = described(answer);
  row.append(make("span", "part", seconds(answer.total)), track(answer.waited, longest));
  row.append(make("span", "time", most && `mostly: ${most.toLowerCase()}`), make("span", "unseen", ` (${all})`));
  return row;
}

function track(stages, total) {
  const line = make("span", "track");
  line.ariaHidden = "true";
  line.append(...stages.map((stage) => piece(stage, total)));
  return line;
}

function piece({ work, from, to }, total) {
  const element = make("span", "piece");
  element.dataset.work = work;
  element.style.setProperty("--from", total > 0 ? from / total : 0);
  element.style.setProperty("--to", total > 0 ? to / total : 0);
  return element;
}

function workItem(name) {
  const item = make("li", "", WORKS[name]);
  item.dataset.work = name;
  return item;
}
