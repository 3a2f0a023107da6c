// What a screen reader says by itself: when the talk begins and ends, muting, and what the bot has only written. The
// bot's turns are not announced: they would be spoken over its own voice.

import { activity } from "../state/activity.js";
import { STATUS } from "../state/words.js";
import { byId, setText } from "./elements.js";

// Not "connecting", which lasts for a second and is followed by another; nor "ended", whose reason is an alert.
const ANNOUNCED = new Set(["reconnecting", "waiting", "away", "taken", "muted", "off"]);

function sentences([status, hint]) {
  return /[….?!]$/.test(status) ? `${status} ${hint}` : `${status}. ${hint}`;
}

/** Announces what happens in a store, from now on. */
export function showAnnouncements(store) {
  const region = byId("announcement");
  let last = "off";
  let lines = store.state.lines;

  store.subscribe((state) => {
    const now = activity(state);
    if (now !== last) {
      const isReady = now === "listening" && !["speaking", "thinking", "tool", "behind"].includes(last);
      if (ANNOUNCED.has(now) || isReady) setText(region, sentences(STATUS[now]));
      last = now;
    }
    if (state.lines !== lines) {
      const newest = state.lines.at(-1);
      if (newest?.typed && newest.who !== "me" && !lines.includes(newest)) setText(region, `The bot writes: ${newest.text}`);
      lines = state.lines;
    }
  });
}
