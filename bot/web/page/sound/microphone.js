// The person's microphone: opened, chosen, muted, closed; what goes wrong is reported as its status.

import { TrackEvent, createLocalAudioTrack } from "../room/livekit.js";
import { watchLevel } from "./levels.js";

const HEARD_DB = -65; // a microphone that gives more than this works; the noise of a quiet room does

const STATUS_OF_ERROR = {
  NotAllowedError: "refused",
  SecurityError: "refused",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

/** Makes it, closed; `showLevel` is called with its level, 0 to 1. */
export function makeMicrophone(store, showLevel) {
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
    raw.addEventListener("ended", () => {
      if (track?.mediaStreamTrack === raw) close("unplugged");
    });
  }

  function close(status = "closed", detail = "") {
    attempt += 1;
    endLevel();
    endLevel = () => {};
    track?.stop();
    track = null;
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
      track.on(TrackEvent.Restarted, watch);
      watch();
      dispatch({ type: "microphone", status: "open" });
      await listDevices();
      return track;
    },

    /** Mutes or unmutes it. */
    async mute(isMuted) {
      if (!track) return;
      await (isMuted ? track.mute() : track.unmute());
      dispatch({ type: "microphone", status: isMuted ? "muted" : "open" });
    },

    /** Takes another one from now on. */
    async choose(device) {
      dispatch({ type: "deviceChanged", device });
      await track?.setDeviceId({ exact: device });
    },

    close,
  };
}
