// The voices in the room: played, and watched for their level and for whether anything comes at all.

import { watchLevel } from "../sound/levels.js";
import { ParticipantKind, RoomEvent, Track } from "./livekit.js";

const LOOK_EVERY = 1_000; // milliseconds between two looks at how many packets have come

/** Plays each voice; `showLevel` is called with the bot's level, 0 to 1. */
export function takeVoices(room, dispatch, showLevel) {
  const ends = new Map(); // what ends the watching of each track

  room.on(RoomEvent.TrackSubscribed, (track, _, participant) => {
    if (track.kind !== Track.Kind.Audio) return;
    const element = track.attach();
    element.hidden = true;
    document.body.append(element);
    ends.set(track, participant.kind === ParticipantKind.AGENT ? watchBot(track, dispatch, showLevel) : () => {});
  });

  room.on(RoomEvent.TrackUnsubscribed, (track) => {
    ends.get(track)?.();
    ends.delete(track);
    for (const element of track.detach()) element.remove();
  });
}

function watchBot(track, dispatch, showLevel) {
  const endLevel = watchLevel(track.mediaStreamTrack, showLevel);
  const timer = setInterval(async () => {
    const count = await packetsReceived(track);
    if (count !== null) dispatch({ type: "packets", count });
  }, LOOK_EVERY);
  return () => {
    clearInterval(timer);
    endLevel();
    dispatch({ type: "voiceEnded" });
  };
}

/** Packets of the track that have come, or null when the browser does not say. */
async function packetsReceived(track) {
  const stats = await track.receiver?.getStats();
  if (!stats) return null;
  for (const entry of stats.values()) if (entry.type === "inbound-rtp") return entry.packetsReceived;
  return null;
}
