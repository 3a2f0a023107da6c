// What changes by time alone. Each deadline is computed from the state; the next one is their minimum.

/** Milliseconds after which a bot that has not come counts as missing. LiveKit's own frontends wait 20 s. */
export const MISSING_DELAY = 30_000;

/** Milliseconds that a bot may be away, to reconnect, before the call counts as over. */
export const AWAY_DELAY = 10_000;

/** Milliseconds without a packet of its voice after which a bot counts as away: silence sends some, too. */
export const STALL_DELAY = 4_000;

/** Milliseconds for which an open microphone may give nothing at all, while the bot listens, before the person is told. */
export const SILENT_DELAY = 6_000;

/** Milliseconds for which a bot may talk with nobody before the call counts as ended by it. */
export const UNLINKED_DELAY = 3_000;

/** When the bot counts as missing, or 0. */
export function missingAt(state) {
  const waits = state.phase === "joined" && !state.bot && !state.botAwaySince;
  return waits ? state.phaseSince + MISSING_DELAY : 0;
}

/** When a bot that was there counts as gone, or 0. */
export function goneAt(state) {
  return state.phase === "joined" && state.botAwaySince ? state.botAwaySince + AWAY_DELAY : 0;
}

/** When the bot's voice counts as stalled, or 0. */
export function stalledAt(state) {
  const watches = state.phase === "joined" && state.bot && state.packetsAt && !state.botAwaySince;
  return watches ? state.packetsAt + STALL_DELAY : 0;
}

/** When the microphone counts as silent, or 0. */
export function silentAt(state) {
  const { status, quietSince } = state.microphone;
  const isDumb = status === "open" && quietSince && state.listensSince;
  return isDumb ? Math.max(quietSince, state.listensSince) + SILENT_DELAY : 0;
}

/** When the call counts as ended by a bot that has let the person go, or 0. */
export function unlinkedAt(state) {
  return state.phase === "joined" && state.unlinkedSince ? state.unlinkedSince + UNLINKED_DELAY : 0;
}

/** Whether the microphone has given nothing for too long. */
export function isSilent(state) {
  const at = silentAt(state);
  return at !== 0 && state.now >= at;
}

/** The next time at which something changes by itself, or 0. */
export function nextDeadline(state) {
  const silent = silentAt(state);
  const all = [missingAt(state), goneAt(state), stalledAt(state), unlinkedAt(state), silent > state.now ? silent : 0];
  const set = all.filter((at) => at > 0);
  return set.length ? Math.min(...set) : 0;
}
