// What the person can do. Each action is called within a click or a key press.

import { readIdentity, saveIdentity } from "./browser/storage.js";
import { isTaken } from "./state/activity.js";
import { allowLevels } from "./sound/levels.js";

/** Makes the actions; `choose` shows the choice of microphones. */
export function makeActions({ store, call, microphone, choose }) {
  const { dispatch } = store;

  /** Lets both sides' sound be used, as browsers allow it only within a click. */
  function allowSound() {
    allowLevels();
    return call.startAudio().catch(() => {}); // still blocked: the room says so, too
  }

  async function join() {
    dispatch({ type: "start" });
    try {
      if (await call.join(readIdentity())) saveIdentity(store.state.me);
    } catch (failure) {
      dispatch({ type: "failed", what: failure.what ?? "server", detail: failure.message });
    }
  }

  async function openMicrophone() {
    const track = await microphone.open();
    if (!track || store.state.phase === "idle") return;
    try {
      await store.until(({ phase }) => phase === "joined", ended);
      await call.publish(track);
    } catch (failure) {
      if (store.state.phase !== "idle") microphone.close("unusable", `${failure.message}.`);
    }
  }

  function ended({ phase, end }) {
    return phase === "idle" ? new Error(end?.why ?? "left") : null;
  }

  return {
    allowSound,

    async start() {
      if (store.state.phase !== "idle") return;
      allowSound();
      const joining = join();
      await openMicrophone();
      await joining;
    },

    openMicrophone,

    /** Opens the microphone before a call, to try it. */
    tryMicrophone() {
      allowLevels();
      return openMicrophone();
    },

    chooseMicrophone: choose,

    setMicrophone: (device) => microphone.choose(device),

    toggleMute: () => microphone.mute(store.state.microphone.status !== "muted"),

    leave: () => dispatch({ type: "leave" }),

    /** Sends a typed text, joining first if need be; returns whether it was sent. */
    async send(text) {
      allowSound();
      if (store.state.phase === "idle") join();
      try {
        const state = await store.until(({ phase, bot }) => phase === "joined" && bot, ended);
        if (isTaken(state)) throw new Error("the bot talks with someone else");
        dispatch({ type: "typed", id: await call.send(text), text });
        return true;
      } catch (failure) {
        if (store.state.phase !== "idle") dispatch({ type: "failed", what: "send", detail: `${failure.message}.` });
        return false;
      }
    },
  };
}
