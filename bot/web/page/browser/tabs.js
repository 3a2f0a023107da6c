// Knows whether another tab of this browser is in a call: each one holds a lock for as long.

const NAME = "rawbot-talk";

/** Reports other tabs' calls to a store, and its own to them. Without locks (an insecure page) nothing is known. */
export function watchTabs(store) {
  if (!navigator.locks) return;
  const channel = new BroadcastChannel(NAME);
  let release = null;

  async function look() {
    if (store.state.phase !== "idle") return;
    const { held } = await navigator.locks.query();
    const is = held.some(({ name }) => name === NAME) && release === null;
    if (is !== store.state.elsewhere) store.dispatch({ type: "elsewhere", is });
  }

  store.subscribe(({ phase }) => {
    if (phase !== "idle" && !release) {
      const ended = new Promise((resolve) => (release = resolve));
      const held = navigator.locks.request(NAME, { mode: "shared" }, () => {
        channel.postMessage("");
        return ended;
      });
      held.then(() => {
        channel.postMessage("");
        look();
      });
    } else if (phase === "idle" && release) {
      release();
      release = null;
    }
  });
  channel.onmessage = look;
  addEventListener("focus", look);
  look();
}
