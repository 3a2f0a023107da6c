// LiveKit's client for browsers, which index.html loads before the modules.

export const {
  ConnectionState,
  DisconnectReason,
  ParticipantKind,
  Room,
  RoomEvent,
  Track,
  TrackEvent,
  createLocalAudioTrack,
} = globalThis.LivekitClient;
