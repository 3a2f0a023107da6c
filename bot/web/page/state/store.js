// Holds the state. Events change it, listeners are called after each; a timer lets time pass when something is due.

import { nextDeadline } from "./deadlines.js";
import { INITIAL } from "./initial.js";
import { reduce } from "./reduce.js";

/** Makes a store; `clock` gives milliseconds. */
export function makeStore(clock = () => Date.now()) {
  let state = { ...INITIAL, now: clock() };
  let timer = 0;
  const listeners = [];

  function dispatch(event) {
    state = reduce(state, { now: clock(), ...event });
    clearTimeout(timer);
    const due = nextDeadline(state);
    if (due) timer = setTimeout(() => dispatch({ type: "tick" }), Math.max(due - clock(), 0));
    for (const listener of [...listeners]) listener(state);
  }

  return {
    dispatch,
    get state() {
      return state;
    },
    /** Calls `listener` with the state now, and after each event. */
    subscribe(listener) {
      listeners.push(listener);
      listener(state);
    },
    /** Resolves with the state once `condition` holds for it; rejects with the reason that `failure` gives. */
    until(condition, failure = () => null) {
      return new Promise((resolve, reject) => {
        const look = () => {
          const why = failure(state);
          if (!condition(state) && !why) return;
          listeners.splice(listeners.indexOf(look), 1);
          if (condition(state)) resolve(state);
          else reject(why);
        };
        listeners.push(look);
        look();
      });
    },
  };
}
