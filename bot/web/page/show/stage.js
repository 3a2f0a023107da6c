// The orb, what it says, and the buttons of the call.

import { view } from "../state/view.js";
import { byId, setData, setText } from "./elements.js";

/** Shows a store's state on the stage, from now on. */
export function showStage(store, actions) {
  const [orb, orbLabel, status, hint] = ["orb", "orb-label", "status", "hint"].map(byId);
  const [notice, noticeText, noticeAction] = ["notice", "notice-text", "notice-action"].map(byId);
  const [mute, muteLabel, leave, controls] = ["mute", "mute-label", "leave", "controls"].map(byId);
  const recording = byId("recording");
  let shown = view(store.state);

  orb.addEventListener("click", () => actions[shown.orb.does]?.());
  noticeAction.addEventListener("click", () => actions[shown.notice?.does]?.());
  mute.addEventListener("click", () => actions.toggleMute());
  leave.addEventListener("click", () => actions.leave());

  store.subscribe((state) => {
    shown = view(state);
    setData(document.body, "activity", shown.activity);
    setData(document.body, "call", shown.inCall);
    setData(document.body, "opening", shown.isOpening);

    setText(orbLabel, shown.orb.label);
    // It steps back once there is another button to go on with: until then it keeps a keyboard's place.
    orb.disabled = !shown.orb.does && shown.mute.isShown;
    orb.setAttribute("aria-hidden", String(orb.disabled));
    orb.setAttribute("aria-label", shown.orb.label || shown.status);
    setText(status, shown.status);
    setText(hint, shown.hint);

    setText(recording, shown.recording);
    recording.hidden = !shown.recording;

    setText(noticeText, shown.notice?.text ?? "");
    setText(noticeAction, shown.notice?.label ?? "");
    noticeAction.hidden = !shown.notice?.does;
    setData(notice, "kind", shown.notice?.kind ?? "");
    notice.hidden = !shown.notice;

    mute.hidden = !shown.mute.isShown;
    mute.setAttribute("aria-pressed", String(shown.mute.isPressed));
    setText(muteLabel, shown.mute.isPressed ? "Muted" : "Mute");
    leave.hidden = !shown.leaves;
    setData(controls, "call", shown.inCall);
  });
}
