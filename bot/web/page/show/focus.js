// The keyboard keeps its place: when the focused element is gone, the focus goes to the nearest one that makes sense.

import { byId } from "./elements.js";

/** Watches the focus from now on; to be started when all else is shown. */
export function keepFocus(store) {
  const candidates = ["mute", "orb", "leave", "transcript"].map(byId);
  let last = null;
  addEventListener("focusin", ({ target }) => (last = target));
  addEventListener("focusout", ({ target, relatedTarget }) => {
    if (relatedTarget === null && isThere(target)) last = null; // the person has clicked elsewhere
  });

  store.subscribe(() => {
    if (last === null || isThere(last)) return;
    last = null;
    candidates.find(isThere)?.focus({ preventScroll: true });
  });
}

function isThere(element) {
  return !element.disabled && element.checkVisibility({ visibilityProperty: true });
}
