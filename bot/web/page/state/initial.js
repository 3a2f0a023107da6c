// The state of the page: plain data, all of it in one object. Times are milliseconds of the page's clock (`now`).

/** The state before the first click. */
export const INITIAL = Object.freeze({
  now: 0,
  phase: "idle", // idle | joining | joined | reconnecting
  phaseSince: 0,
  end: null, // { why, detail } of the last call, when something ended it; wasElsewhere: one was seen in another tab since
  fault: null, // { what, detail } of what was tried last
  me: "", // the person's identity
  microphone: Object.freeze({
    status: "closed", // closed | asking | open | muted, or one of MICROPHONE_FAULTS
    detail: "",
    quietSince: 0, // when it was opened, as long as nothing has come from it; then 0
    device: "",
    devices: [], // { id, label }
  }),
  bot: null, // { identity, attributes } while it is in the room
  botAwaySince: 0, // since when it is not there, or sends nothing
  wasMine: false, // it has talked with this person in this call
  listensSince: 0, // since when it does nothing but listen, or 0
  unlinkedSince: 0, // since when it has let them go
  packets: 0, // of its voice, that have come
  packetsAt: 0, // when the last one came; 0 without a voice
  soundBlocked: false, // the browser lets nothing be heard without a click
  answers: [], // the last ones, newest first, see latency.js
  elsewhere: false, // another tab of this browser is in a call
  notes: [], // lines about the bot, from the program that serves the page
  lines: [], // the transcript, see lines.js
});

/** What may be wrong with a microphone. */
export const MICROPHONE_FAULTS = ["refused", "missing", "busy", "unplugged", "insecure", "unusable"];
