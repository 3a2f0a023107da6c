// The choice of a microphone, with its level: before a call, and in it.

import { MICROPHONE, filled } from "../state/words.js";
import { byId, make, setText } from "./elements.js";

/** Shows the microphones of a store's state, from now on. */
export function showMicrophone(store, actions) {
  const [choice, tryIt, note] = ["device", "try", "microphone-note"].map(byId);
  let shownDevices = null;

  choice.addEventListener("change", () => actions.setMicrophone(choice.value));
  tryIt.addEventListener("click", () => actions.tryMicrophone());

  store.subscribe(({ phase, microphone: { status, detail, devices, device, quietSince } }) => {
    const isOpen = status === "open" || status === "muted";
    if (devices !== shownDevices) {
      shownDevices = devices;
      choice.replaceChildren(...devices.map(({ id, label }) => option(id, label)));
    }
    if (device && choice.value !== device) choice.value = device;
    choice.disabled = devices.length === 0;
    tryIt.hidden = isOpen;
    tryIt.disabled = status === "asking";
    setText(tryIt, phase === "idle" ? "Try the microphone" : "Turn it on");
    setText(note, isOpen ? heard(status, quietSince) : filled(MICROPHONE[status] ?? "", detail));
  });
}

function heard(status, quietSince) {
  if (status === "muted") return "It is muted.";
  return quietSince ? "Say something: the bar should move." : "It works.";
}

function option(id, label) {
  const element = make("option", "", label);
  element.value = id;
  return element;
}
