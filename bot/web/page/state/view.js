// What is shown of a state: everything that the parts under show/ need, and nothing that they have to decide.

import { activity } from "./activity.js";
import { isSilent } from "./deadlines.js";
import { MICROPHONE_FAULTS } from "./initial.js";
import * as words from "./words.js";

/** What is shown. `does` is an action of actions.js. */
export function view(state) {
  const now = activity(state);
  const [status, hint] = words.STATUS[now];
  return {
    activity: now,
    inCall: state.phase !== "idle",
    isOpening: state.lines.length === 0,
    status,
    hint: hintOf(state, now, hint),
    orb: orb(state),
    notice: notice(state),
    suggests: state.lines.length === 0 && notice(state) === null && now !== "taken",
    mute: mute(state),
    leaves: state.phase !== "idle",
    recording: state.phase === "idle" ? "" : words.RECORDING[state.bot?.attributes["rawbot.recording"]] ?? "",
  };
}

function hintOf(state, now, hint) {
  if (now === "off" && state.elsewhere) return words.ELSEWHERE;
  const { status } = state.microphone;
  if (now === "speaking" && status !== "open") return words.UNHEARD[status] ?? words.UNHEARD.else;
  return now === "ended" && state.lines.length === 0 ? "" : hint;
}

function orb(state) {
  const { phase, end, microphone, elsewhere } = state;
  if (phase === "idle") {
    const label = end ? words.ENDS[whyOf(state)][1] : elsewhere ? "Talk here instead" : state.lines.length ? "Go on" : "Talk";
    return { label, does: "start" };
  }
  if (phase === "joined" && needsMicrophone(microphone)) return { label: "Use the microphone", does: "openMicrophone" };
  return { label: "", does: "" };
}

function mute({ phase, microphone }) {
  const isThere = ["open", "muted"].includes(microphone.status) && phase !== "idle";
  return { isShown: isThere, isPressed: microphone.status === "muted" };
}

function needsMicrophone({ status }) {
  return status === "closed" || MICROPHONE_FAULTS.includes(status);
}

/** The one thing that needs the person: { text, kind, does, label }, or null. */
function notice(state) {
  const { end, fault, microphone, phase, soundBlocked } = state;
  if (phase !== "idle" && soundBlocked) {
    return { kind: "hint", text: words.SOUND_BLOCKED, does: "allowSound", label: "Let me hear it" };
  }
  if (end) {
    const text = words.filled(words.ENDS[whyOf(state)][0], end.detail);
    return { kind: kindOf(end.why), text, does: "", label: "" };
  }
  if (fault) return { kind: "fault", text: words.filled(words.NOT_SENT, fault.detail), does: "", label: "" };
  if (MICROPHONE_FAULTS.includes(microphone.status)) {
    const text = `${words.filled(words.MICROPHONE[microphone.status], microphone.detail)} ${words.INSTEAD}`;
    return { kind: "fault", text, does: "openMicrophone", label: "Turn it on" };
  }
  if (isSilent(state)) return { kind: "fault", text: words.SILENT, does: "chooseMicrophone", label: "Choose another" };
  return null;
}

/** The key of ENDS: a talk that went on in another tab may be over there, too. */
function whyOf({ end, elsewhere }) {
  return end.why === "elsewhere" && end.wasElsewhere && !elsewhere ? "elsewhereEnded" : end.why;
}

function kindOf(why) {
  return ["elsewhere", "hungUp", "closed", "asleep"].includes(why) ? "hint" : "fault";
}
