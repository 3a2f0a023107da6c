// The page to talk with the bot: joins its room, opens the microphone, shows both sides. The state is the room's own;
// render() shows all of it after every event.

import { ConnectionState, DisconnectReason, ParticipantKind, Room, RoomEvent, Track } from "./livekit-client.mjs";
import { watchLevel } from "./level.js";
import { showTranscripts, showTyped } from "./transcript.js";

const CHAT = "lk.chat";
const BOT_STATE = "lk.agent.state";
const BOT_TRANSCRIBER = "rawbot.transcriber"; // "behind" while the bot waits for what was said
const BOT_LIMIT_DELAY = 20_000; // milliseconds after which a bot that is not there counts as missing
const IDENTITY = "identity"; // kept in the tab: after a reload the bot goes on with the same person

const STATES = {
  off: "Not connected",
  connecting: "Connecting…",
  reconnecting: "Connection lost, reconnecting…",
  missing: "Waiting for the bot…",
  initializing: "The bot is getting ready…",
  idle: "The bot is getting ready…",
  listening: "Listening",
  behind: "Listening, but your words take long to come…",
  thinking: "Thinking…",
  speaking: "Speaking",
};

const room = new Room();
const [orb, state, fault, transcript, talk, mute, leave, meter, level, typing, text, notes] = [
  "orb", "state", "fault", "transcript", "talk", "mute", "leave", "meter", "level", "typing", "text", "notes",
].map((id) => document.getElementById(id));

let joining = null; // the promise of a join that is under way
let botLate = 0; // the timer after which the bot counts as missing

// --- what is shown ---

function bot() {
  return [...room.remoteParticipants.values()].find(
    (one) => one.kind === ParticipantKind.AGENT && !("lk.publish_on_behalf" in one.attributes),
  );
}

function currentState() {
  if (room.state === ConnectionState.Disconnected) return joining ? "connecting" : "off";
  if (room.state === ConnectionState.Connecting) return "connecting";
  if (room.state !== ConnectionState.Connected) return "reconnecting";
  if (!bot()) return "missing";
  const shown = bot().attributes[BOT_STATE];
  if (shown === "listening" && bot().attributes[BOT_TRANSCRIBER] === "behind") return "behind";
  return STATES[shown] ? shown : "initializing";
}

function render() {
  const now = currentState();
  const joined = room.state !== ConnectionState.Disconnected;
  const microphone = room.localParticipant.getTrackPublication(Track.Source.Microphone);
  if (state.dataset.state !== now) {
    state.dataset.state = orb.dataset.state = now;
    state.textContent = STATES[now];
  }
  talk.hidden = Boolean(microphone) && joined;
  talk.disabled = Boolean(joining);
  talk.textContent = joined ? "Use the microphone" : "Talk";
  mute.hidden = meter.hidden = !(microphone && joined);
  mute.setAttribute("aria-pressed", String(Boolean(microphone?.isMuted)));
  leave.hidden = !joined;
}

function showFault(message) {
  fault.textContent = message;
  fault.hidden = !message;
}

function microphoneFault(error) {
  const instead = "You can type instead.";
  switch (error.name) {
    case "NotAllowedError":
    case "SecurityError":
      return `The browser does not allow this page to use the microphone: allow it next to the page's address, and press the button again. ${instead}`;
    case "NotFoundError":
    case "OverconstrainedError":
      return `No microphone was found: connect one, and press the button again. ${instead}`;
    case "NotReadableError":
    case "AbortError":
      return `The microphone cannot be used, maybe another program has it: close that one, and press the button again. ${instead}`;
    default:
      return `The microphone does not work here (${error.message}). ${instead}`;
  }
}

// --- what is done ---

async function connect() {
  let response;
  try {
    response = await fetch("api/token", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ participant_identity: sessionStorage.getItem(IDENTITY) ?? "" }),
    });
  } catch {
    throw new Error("The program behind this page does not answer: start it again and open the address that it prints.");
  }
  if (!response.ok) throw new Error(await response.text());
  const { server_url, participant_token } = await response.json();
  try {
    await room.connect(server_url, participant_token);
  } catch (error) {
    throw new Error(`The LiveKit server at ${server_url} could not be joined: ${error.message}`);
  }
  sessionStorage.setItem(IDENTITY, room.localParticipant.identity);
  clearTimeout(botLate);
  botLate = setTimeout(() => {
    const missing = room.state === ConnectionState.Connected && !bot();
    if (missing) showFault("The bot has not joined the room: see the terminal in which the page was started.");
  }, BOT_LIMIT_DELAY);
}

async function join() {
  if (room.state !== ConnectionState.Disconnected) return;
  joining ??= connect().finally(() => (joining = null));
  render();
  await joining;
}

/** Runs the action of a click, and shows its error when it fails. */
async function attempt(action) {
  showFault("");
  try {
    await action();
  } catch (error) {
    showFault(error.message);
  }
  render();
}

talk.addEventListener("click", () =>
  attempt(async () => {
    const sound = room.startAudio(); // within the click, or the browser does not let the bot be heard
    await join();
    await sound;
    try {
      await room.localParticipant.setMicrophoneEnabled(true);
    } catch (error) {
      showFault(microphoneFault(error));
    }
  }),
);

mute.addEventListener("click", () =>
  attempt(() => room.localParticipant.setMicrophoneEnabled(mute.getAttribute("aria-pressed") === "true")),
);

leave.addEventListener("click", () => attempt(() => room.disconnect()));

typing.addEventListener("submit", (event) => {
  event.preventDefault();
  const typed = text.value.trim();
  if (!typed) return;
  attempt(async () => {
    const sound = room.startAudio();
    await join();
    await sound;
    await room.localParticipant.sendText(typed, { topic: CHAT });
    showTyped(typed, transcript);
    text.value = ""; // not before: a text that could not be sent must not be lost
  });
});

// --- what happens in the room ---

let stopMeter = () => {};
room.on(RoomEvent.LocalTrackPublished, ({ track }) => {
  if (track?.source !== Track.Source.Microphone) return;
  stopMeter();
  stopMeter = watchLevel(track.mediaStreamTrack, (value) => (level.value = value));
});
room.on(RoomEvent.LocalTrackUnpublished, () => stopMeter());

const voices = new Map(); // ends the watching of each voice's level
room.on(RoomEvent.TrackSubscribed, (track) => {
  if (track.kind !== Track.Kind.Audio) return;
  document.body.append(track.attach());
  voices.set(track, watchLevel(track.mediaStreamTrack, (value) => orb.style.setProperty("--level", value.toFixed(2))));
});
room.on(RoomEvent.TrackUnsubscribed, (track) => {
  voices.get(track)?.();
  voices.delete(track);
  track.detach().forEach((element) => element.remove());
});

room.on(RoomEvent.Disconnected, (reason) => {
  stopMeter();
  if (reason === DisconnectReason.DUPLICATE_IDENTITY) showFault("The conversation goes on in another tab or window.");
  else if (reason !== DisconnectReason.CLIENT_INITIATED) showFault("The connection has ended: press Talk to join again.");
});
room.on(RoomEvent.ParticipantConnected, () => bot() && showFault(""));

for (const event of [
  RoomEvent.ConnectionStateChanged,
  RoomEvent.ParticipantConnected,
  RoomEvent.ParticipantDisconnected,
  RoomEvent.ParticipantAttributesChanged,
  RoomEvent.LocalTrackPublished,
  RoomEvent.LocalTrackUnpublished,
  RoomEvent.TrackMuted,
  RoomEvent.TrackUnmuted,
  RoomEvent.Disconnected,
]) {
  room.on(event, render);
}

// --- the beginning ---

showTranscripts(room, transcript);
render();

const about = await (await fetch("api/about")).json();
for (const note of about.notes) {
  const element = document.createElement("li");
  element.textContent = note;
  notes.append(element);
}
