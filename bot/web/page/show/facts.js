// Facts about the bot, one click away: what it is made of, and how its last answer took its time.

import { readLatency, seconds } from "../state/latency.js";
import { madeOf } from "../state/made_of.js";
import { byId, make, setText } from "./elements.js";

/** Shows what a store's state knows of the bot, from now on. */
export function showFacts(store) {
  const [latency, total, waterfall, draft] = ["latency", "total", "waterfall", "draft"].map(byId);
  const [parts, notes, made] = ["parts", "notes", "made-of"].map(byId);
  const shown = {};

  store.subscribe((state) => {
    const attributes = state.bot?.attributes ?? {};
    if (attributes["rawbot.latency"] && isNew("latency", attributes["rawbot.latency"])) {
      const read = readLatency(attributes["rawbot.latency"]);
      latency.hidden = !read;
      if (read) {
        setText(total, seconds(read.total));
        waterfall.replaceChildren(...read.parts.map((part) => bar(part, read.total)));
        draft.hidden = !read.isDraft;
      }
    }
    if (attributes["rawbot.providers"] && isNew("providers", attributes["rawbot.providers"])) {
      parts.replaceChildren(...madeOf(attributes["rawbot.providers"]).flatMap(row));
    }
    if (isNew("notes", state.notes)) notes.replaceChildren(...state.notes.map((note) => make("li", "", note)));
    notes.hidden = parts.children.length > 0;
    made.hidden = parts.children.length === 0 && state.notes.length === 0;
  });

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

function bar({ label, from, to }, total) {
  const row = make("li");
  const track = make("span", "track");
  const piece = make("span", "piece");
  piece.style.setProperty("--from", total > 0 ? from / total : 0);
  piece.style.setProperty("--to", total > 0 ? to / total : 0);
  track.append(piece);
  row.append(make("span", "part", label), track, make("span", "time", seconds(to - from)));
  return row;
}
