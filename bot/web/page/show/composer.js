// Typing to the bot, and what one may ask it.

import { view } from "../state/view.js";
import { byId, setData } from "./elements.js";

/** Makes the field and the suggestions work. */
export function showComposer(store, actions) {
  const [form, text, send, suggestions] = ["typing", "text", "send", "suggestions"].map(byId);
  let isSending = false; // one at a time, which may have to wait for the bot

  /** Sends a text, which stays in the field until it is sent: one that could not be sent must not be lost. */
  async function deliver(typed) {
    if (isSending) return;
    setSending(true);
    if ((await actions.send(typed)) && text.value.trim() === typed) text.value = "";
    setSending(false);
  }

  function setSending(is) {
    isSending = is;
    send.setAttribute("aria-disabled", String(is)); // not disabled: it would lose a keyboard's focus
    showSuggestions(store.state);
  }

  function showSuggestions(state) {
    // Their place stays: a second click must not hit what would move there, such as Leave.
    setData(suggestions, "sending", isSending);
    suggestions.hidden = !view(state).suggests;
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const typed = text.value.trim();
    if (typed) deliver(typed);
  });
  // A phone's keyboard stays, as the field keeps the focus.
  send.addEventListener("pointerdown", (event) => event.preventDefault());
  text.addEventListener("input", () => store.state.fault && store.dispatch({ type: "edited" }));

  suggestions.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (!button) return;
    text.value ||= button.textContent;
    actions.start();
    deliver(button.textContent);
  });

  store.subscribe(showSuggestions);
}
