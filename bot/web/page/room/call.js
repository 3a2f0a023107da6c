// The connection to the room: joins, leaves, publishes, sends, and reports what happens there as events of the store.

import { JoinFailed } from "./join_failed.js";
import { ConnectionState, DisconnectReason, ParticipantKind, Room, RoomEvent, Track } from "./livekit.js";
import { takeTexts } from "./texts.js";
import { fetchToken } from "./token.js";
import { takeVoices } from "./voices.js";

const CHAT = "lk.chat";

const WHY = {
  [DisconnectReason.CLIENT_INITIATED]: "asleep", // and not by us: the client leaves when the browser freezes the page
  [DisconnectReason.SERVER_SHUTDOWN]: "shutDown",
  [DisconnectReason.DUPLICATE_IDENTITY]: "elsewhere",
  [DisconnectReason.PARTICIPANT_REMOVED]: "removed",
  [DisconnectReason.ROOM_DELETED]: "closed",
  [DisconnectReason.ROOM_CLOSED]: "closed",
};

/** Makes the connection; `showLevel` is called with the level of the bot's voice, 0 to 1. */
export function makeCall(dispatch, showLevel) {
  const room = new Room();
  let leaves = false; // by our own will
  let attempt = 0; // the number of the latest join or leave: what an earlier one still does is void

  const reportBot = () => dispatch({ type: "bot", bot: findBot(room) });

  for (const event of [
    RoomEvent.ParticipantConnected,
    RoomEvent.ParticipantDisconnected,
    RoomEvent.ParticipantAttributesChanged,
    RoomEvent.Reconnected,
  ]) {
    room.on(event, reportBot);
  }
  room.on(RoomEvent.RoomMetadataChanged, (metadata) => {
    const reason = refusalIn(metadata);
    if (reason) dispatch({ type: "unwanted", reason });
  });
  room.on(RoomEvent.Reconnecting, () => dispatch({ type: "reconnecting" }));
  room.on(RoomEvent.SignalReconnecting, () => dispatch({ type: "reconnecting" }));
  room.on(RoomEvent.Reconnected, () => dispatch({ type: "reconnected" }));
  room.on(RoomEvent.Disconnected, (reason) => {
    if (!leaves) dispatch({ type: "disconnected", why: WHY[reason] ?? "lost" });
  });
  room.on(RoomEvent.AudioPlaybackStatusChanged, () => dispatch({ type: "sound", blocked: !room.canPlaybackAudio }));
  takeTexts(room, dispatch);
  takeVoices(room, dispatch, showLevel);

  return {
    /** Joins as `identity`; returns whether the person is in the room, and not called off. Throws JoinFailed. */
    async join(identity) {
      const mine = ++attempt;
      try {
        const { url, token } = await fetchToken(identity);
        if (mine !== attempt) return false;
        await connect(room, url, token);
      } catch (failure) {
        if (mine !== attempt) return false;
        throw failure;
      }
      if (mine !== attempt) return false;
      dispatch({ type: "joined", identity: room.localParticipant.identity });
      reportBot();
      return true;
    },

    /** Leaves the room, or calls off a join. */
    async leave() {
      attempt += 1;
      leaves = true;
      try {
        await room.disconnect();
      } finally {
        leaves = false;
      }
    },

    /** Publishes the person's microphone. */
    async publish(track) {
      await room.localParticipant.publishTrack(track, { source: Track.Source.Microphone });
    },

    /** Takes it out of the room; with a room that is left it goes by itself. */
    async unpublish(track) {
      if (leaves || room.state === ConnectionState.Disconnected) return;
      try {
        await room.localParticipant.unpublishTrack(track);
      } catch {
        // The connection is away: what is published is agreed on anew with the next one.
      }
    },

    /** Sends a chat message; returns its id. */
    async send(text) {
      const { id } = await room.localParticipant.sendText(text, { topic: CHAT });
      return id;
    },

    /** Lets the bot be heard; to be called within a click. */
    async startAudio() {
      await room.startAudio();
    },
  };
}

/** The first participant who is an agent, and no avatar of another one: as LiveKit's own frontends choose it. */
export function findBot(room) {
  const bot = [...room.remoteParticipants.values()].find(
    ({ kind, attributes }) => kind === ParticipantKind.AGENT && !("lk.publish_on_behalf" in attributes),
  );
  return bot ? { identity: bot.identity, attributes: { ...bot.attributes } } : null;
}

/** Why the bot does not serve the room, which a worker writes there (see bot/worker/refusal.py); "" if nobody did. */
export function refusalIn(metadata) {
  try {
    const reason = JSON.parse(metadata).rawbot.refused.reason;
    return typeof reason === "string" ? reason : "";
  } catch {
    return "";
  }
}

async function connect(room, url, token) {
  try {
    await room.connect(url, token);
  } catch (error) {
    throw new JoinFailed("server", `${url} (${error.message}).`);
  }
}
