// The person's microphone: opened, chosen, muted, closed; what goes wrong is reported as its status.

import { TrackEvent, createLocalAudioTrack } from "../room/livekit.js";
import { watchLevel } from "./levels.js";

const HEARD_DB = -80; // a microphone that gives more than this works; even a quiet room's noise does, with less of it let through

const STATUS_OF_ERROR = {
  NotAllowedError: "refused",
  SecurityError: "refused",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

/** Makes it, closed; `showLevel` is called with its level, 0 to 1, and `unpublish` with a track that has ended. */
export function makeMicrophone(store, showLevel, unpublish) {
  const { dispatch } = store;
  let track = null;
  let endLevel = () => {};
  let attempt = 0; // the number of the latest opening or closing: an earlier one is void

  function watch() {
    endLevel();
    const raw = track.mediaStreamTrack;
    endLevel = watchLevel(raw, (level, db) => {
      showLevel(level, db);
      if (db > HEARD_DB && store.state.microphone.quietSince) dispatch({ type: "microphoneHeard" });
    });
    // In a call LiveKit's client opens the default one in its place, and mutes the track where there is none.
    raw.addEventListener("ended", () => {
      if (track?.mediaStreamTrack === raw && !track.sender) close("unplugged");
    });
  }

  async function takeReplaced() {
    if (!track) return;
    watch();
    dispatch({ type: "deviceChanged", device: "" });
    await listDevices();
  }

  function closeIfEnded() {
    if (track?.mediaStreamTrack.readyState === "ended") close("unplugged");
  }

  function fail(error) {
    close(STATUS_OF_ERROR[error.name] ?? "unusable", `${error.message}.`);
  }

  function close(status = "closed", detail = "") {
    attempt += 1;
    endLevel();
    endLevel = () => {};
    const closed = track;
    track = null;
    closed?.stop();
    if (closed?.sender) unpublish(closed);
    if (store.state.microphone.status !== status) dispatch({ type: "microphone", status, detail });
  }

  async function listDevices() {
    const all = await navigator.mediaDevices.enumerateDevices();
    const devices = all
      .filter(({ kind, deviceId }) => kind === "audioinput" && deviceId)
      .map(({ deviceId, label }) => ({ id: deviceId, label: label || "Microphone" }));
    const device = track?.mediaStreamTrack.getSettings().deviceId ?? store.state.microphone.device;
    dispatch({ type: "devices", devices, device });
  }

  navigator.mediaDevices?.addEventListener("devicechange", listDevices);

  return {
    /** Opens it, which asks the person if they have not allowed it; returns its track, or null. */
    async open() {
      if (track) return track;
      if (!navigator.mediaDevices?.getUserMedia) {
        dispatch({ type: "microphone", status: "insecure" });
        return null;
      }
      const mine = (attempt += 1);
      dispatch({ type: "microphone", status: "asking" });
      try {
        const device = store.state.microphone.device;
        const opened = await createLocalAudioTrack(device ? { deviceId: { ideal: device } } : {});
        if (mine !== attempt) {
          opened.stop();
          return null;
        }
        track = opened;
      } catch (error) {
        const status = STATUS_OF_ERROR[error.name] ?? "unusable";
        if (mine === attempt) dispatch({ type: "microphone", status, detail: `${error.message}.` });
        return null;
      }
      track.on(TrackEvent.Restarted, takeReplaced);
      track.on(TrackEvent.Muted, closeIfEnded);
      watch();
      dispatch({ type: "microphone", status: "open" });
      await listDevices();
      return track;
    },

    /** Mutes or unmutes it. */
    async mute(isMuted) {
      if (!track) return;
      dispatch({ type: "microphone", status: isMuted ? "muted" : "open" }); // at once: it may be pressed again
      try {
        await (isMuted ? track.mute() : track.unmute());
      } catch (error) {
        fail(error);
      }
    },

    /** Takes another one from now on. */
    async choose(device) {
      dispatch({ type: "deviceChanged", device });
      try {
        await track?.setDeviceId({ exact: device });
      } catch (error) {
        fail(error);
      }
    },

    close,
  };
}
