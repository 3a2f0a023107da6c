// What each event changes. Pure: the same state and event make the same state; an event carries its time (`now`).

import { goneAt, missingAt, stalledAt, unlinkedAt } from "./deadlines.js";
import { MICROPHONE_FAULTS } from "./initial.js";
import { withAnswer } from "./latency.js";
import { addTyped, beginTalk, closeOpen, restored, takeSegment } from "./lines.js";

/** The state after an event. */
export function reduce(state, event) {
  const now = event.now ?? state.now;
  return passTime({ ...(TAKE[event.type] ?? unknown)(state, event, now), now });
}

function unknown(state, event) {
  throw new Error(`no such event: ${event.type}`);
}

const TAKE = {
  // --- what the person does ---

  start: (state, _, now) => ({
    ...state, phase: "joining", phaseSince: now, end: null, fault: null, ...NO_BOT, answers: [],
    lines: beginTalk(state, now),
  }),

  leave: (state, _, now) => ended(state, now, null),

  // The text that was not sent is being changed: what was said about it is no longer of use.
  edited: (state) => (state.fault ? { ...state, fault: null } : state),

  typed: (state, { id, text }) => ({ ...state, fault: null, lines: addTyped(state.lines, "me", id, text) }),

  // --- the connection ---

  joined: (state, { identity }, now) => ({ ...state, phase: "joined", phaseSince: now, me: identity }),

  failed: (state, { what, detail = "" }, now) =>
    what === "send" ? { ...state, fault: { what, detail } } : ended(state, now, { why: what, detail }),

  reconnecting: (state, _, now) =>
    state.phase === "joined" ? { ...state, phase: "reconnecting", phaseSince: now } : state,

  reconnected: (state, _, now) =>
    state.phase === "reconnecting"
      ? { ...state, phase: "joined", phaseSince: now, botAwaySince: state.botAwaySince && now, packetsAt: state.packetsAt && now }
      : state,

  disconnected: (state, { why, detail = "" }, now) =>
    state.phase === "idle" ? state : ended(state, now, { why, detail }),

  programGone: (state) =>
    state.phase === "idle" && state.end ? { ...state, end: { why: "program", detail: "" } } : state,

  // --- the bot ---

  bot: (state, { bot }, now) => {
    if (state.phase === "idle") return state;
    if (!bot) return state.bot ? { ...state, ...NO_BOT, botAwaySince: state.botAwaySince || now } : state;
    const isNew = state.bot?.identity !== bot.identity;
    const person = bot.attributes["rawbot.person"];
    const wasMine = state.wasMine || (person === state.me && state.me !== "");
    const isFree = wasMine && person === "";
    return {
      ...state,
      bot,
      wasMine,
      answers: withAnswer(state.answers, bot.attributes["rawbot.latency"]),
      listensSince: bot.attributes["lk.agent.state"] === "listening" ? state.listensSince || now : 0,
      unlinkedSince: isFree ? state.unlinkedSince || now : 0,
      ...(isNew ? { botAwaySince: 0, packets: 0, packetsAt: 0 } : {}),
    };
  },

  // What was written in the room before somebody joined is about another talk, and is not reported.
  unwanted: (state, { reason }, now) =>
    state.phase === "joined" && !state.bot ? ended(state, now, { why: "unwanted", detail: reason }) : state,

  packets: (state, { count }, now) =>
    count === state.packets && state.packetsAt
      ? state
      : { ...state, packets: count, packetsAt: now, botAwaySince: state.bot ? 0 : state.botAwaySince },

  voiceEnded: (state) => ({ ...state, packets: 0, packetsAt: 0 }),

  sound: (state, { blocked }) => ({ ...state, soundBlocked: blocked }),

  // --- the microphone ---

  microphone: (state, { status, detail = "" }, now) =>
    microphone(state, { status, detail, quietSince: quietSince(state.microphone, status, now) }),

  microphoneHeard: (state) => microphone(state, { quietSince: 0 }),

  devices: (state, { devices, device }) => microphone(state, { devices, device }),

  deviceChanged: (state, { device }, now) => microphone(state, { device, quietSince: now }),

  // --- the transcript ---

  segment: (state, event) => ({ ...state, lines: takeSegment(state.lines, event, speaker(state, event.identity)) }),

  chat: (state, { id, identity, text }) =>
    text.trim() ? { ...state, lines: addTyped(state.lines, speaker(state, identity), id, text) } : state,

  // --- beside the call ---

  elsewhere: (state, { is }) => ({
    ...state, elsewhere: is, end: is && state.end ? { ...state.end, wasElsewhere: true } : state.end,
  }),

  notes: (state, { notes }) => ({ ...state, notes }),

  restored: (state, { lines, at }) => ({ ...state, lines: restored(lines), phaseSince: at }),

  tick: (state) => state,
};

/** Whose words these are: me, bot or other. */
export function speaker(state, identity) {
  if (identity === state.me) return "me";
  return identity === state.bot?.identity ? "bot" : "other";
}

const NO_BOT = {
  bot: null, botAwaySince: 0, packets: 0, packetsAt: 0, unlinkedSince: 0, wasMine: false, listensSince: 0,
};

function ended(state, now, end) {
  const wasFault = MICROPHONE_FAULTS.includes(state.microphone.status);
  return {
    ...state,
    phase: "idle",
    phaseSince: now,
    end,
    ...NO_BOT,
    soundBlocked: false,
    lines: closeOpen(state.lines),
    microphone: wasFault ? state.microphone : { ...state.microphone, status: "closed", detail: "", quietSince: 0 },
  };
}

function microphone(state, changes) {
  return { ...state, microphone: { ...state.microphone, ...changes } };
}

/** Since when an open microphone has given nothing: anew when it is opened, or heard again. */
function quietSince(before, status, now) {
  if (status === "muted") return before.quietSince;
  if (status !== "open") return 0;
  if (before.status === "open") return before.quietSince;
  return before.status === "muted" ? before.quietSince && now : now;
}

/** What is due by now. */
function passTime(state) {
  const isDue = (at) => at !== 0 && state.now >= at;
  if (isDue(missingAt(state))) return ended(state, state.now, { why: "missing", detail: "" });
  if (isDue(goneAt(state))) return ended(state, state.now, { why: "gone", detail: "" });
  if (isDue(unlinkedAt(state))) return ended(state, state.now, { why: "hungUp", detail: "" });
  if (isDue(stalledAt(state))) return { ...state, botAwaySince: state.now };
  return state;
}
