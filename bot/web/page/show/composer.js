// Typing to the bot, and what one may ask it.

import { view } from "../state/view.js";
import { byId } from "./elements.js";

/** Makes the field and the suggestions work. */
export function showComposer(store, actions) {
  const [form, text, send, suggestions] = ["typing", "text", "send", "suggestions"].map(byId);

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const typed = text.value.trim();
    if (!typed || send.disabled) return;
    send.disabled = true;
    // The text stays until it is sent: one that could not be sent must not be lost.
    if ((await actions.send(typed)) && text.value.trim() === typed) text.value = "";
    send.disabled = false;
  });

  suggestions.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (!button) return;
    actions.start();
    actions.send(button.textContent);
  });

  store.subscribe((state) => {
    suggestions.hidden = state.lines.length > 0 || view(state).notice !== null;
  });
}
