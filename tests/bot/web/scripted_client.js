// Stands for livekit-client in tests of the page alone: a room without a server, and `scripted` to play it.

(() => {
  class Emitter {
    #listeners = new Map();
    on(event, listener) {
      this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
      return this;
    }
    emit(event, ...given) {
      for (const listener of this.#listeners.get(event) ?? []) listener(...given);
    }
  }

  const names = [
    "ParticipantConnected", "ParticipantDisconnected", "ParticipantAttributesChanged", "Reconnecting", "Reconnected",
    "SignalReconnecting", "Disconnected", "AudioPlaybackStatusChanged", "TrackSubscribed", "TrackUnsubscribed",
    "RoomMetadataChanged",
  ];
  const RoomEvent = Object.fromEntries(names.map((name) => [name, name]));
  const DisconnectReason = {
    CLIENT_INITIATED: 1, DUPLICATE_IDENTITY: 2, SERVER_SHUTDOWN: 3, PARTICIPANT_REMOVED: 4, ROOM_DELETED: 5, ROOM_CLOSED: 10,
  };
  const ParticipantKind = { STANDARD: 0, AGENT: 4 };
  const Track = { Kind: { Audio: "audio" }, Source: { Microphone: "microphone" } };
  const TrackEvent = { Restarted: "restarted", Muted: "muted" };
  const ConnectionState = { Connected: "connected", Disconnected: "disconnected" };

  class MicrophoneTrack extends Emitter {
    constructor(mediaStreamTrack) {
      super();
      this.mediaStreamTrack = mediaStreamTrack;
    }
    async mute() {
      this.mediaStreamTrack.enabled = false;
    }
    async unmute() {
      this.mediaStreamTrack.enabled = true;
    }
    async setDeviceId({ exact }) {
      this.mediaStreamTrack.stop();
      if (scripted.microphoneError) throw Object.assign(new Error("as scripted"), { name: scripted.microphoneError });
      const stream = await navigator.mediaDevices.getUserMedia({ audio: { deviceId: { exact } } });
      this.mediaStreamTrack = stream.getAudioTracks()[0];
      this.emit(TrackEvent.Restarted);
    }
    stop() {
      this.mediaStreamTrack.stop();
    }
    /** Its device is gone: in a call the client takes another one for it, or mutes it where there is none. */
    async unplug({ another = true } = {}) {
      const lost = this.mediaStreamTrack;
      lost.stop();
      lost.dispatchEvent(new Event("ended"));
      if (!this.sender) return;
      await Promise.resolve();
      if (!another) return this.emit(TrackEvent.Muted);
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      this.mediaStreamTrack = stream.getAudioTracks()[0];
      this.emit(TrackEvent.Restarted);
    }
  }

  async function createLocalAudioTrack(options) {
    if (scripted.microphoneError) {
      throw Object.assign(new Error("as scripted"), { name: scripted.microphoneError });
    }
    const stream = await navigator.mediaDevices.getUserMedia({ audio: options });
    scripted.microphone = new MicrophoneTrack(stream.getAudioTracks()[0]);
    return scripted.microphone;
  }

  class Room extends Emitter {
    remoteParticipants = new Map();
    canPlaybackAudio = true;
    handlers = {};
    isConnected = false;
    get state() {
      return this.isConnected ? ConnectionState.Connected : ConnectionState.Disconnected;
    }
    localParticipant = {
      identity: "",
      publishTrack: async (track) => {
        if (scripted.publishError) throw new Error(scripted.publishError);
        scripted.published.push(track);
        track.sender = {};
      },
      unpublishTrack: async (track) => {
        scripted.unpublished.push(track);
        track.sender = undefined;
      },
      sendText: async (text, { topic }) => {
        if (scripted.sendError) throw new Error(scripted.sendError);
        scripted.sent.push({ topic, text });
        return { id: `sent-${scripted.sent.length}` };
      },
    };
    registerTextStreamHandler(topic, handler) {
      this.handlers[topic] = handler;
    }
    async connect(url, token) {
      if (scripted.connectError) throw new Error(scripted.connectError);
      this.localParticipant.identity = JSON.parse(atob(token.split(".")[1])).sub;
      this.isConnected = true;
      scripted.joins += 1;
    }
    async disconnect() {
      if (!this.isConnected) return;
      this.isConnected = false;
      this.emit(RoomEvent.Disconnected, DisconnectReason.CLIENT_INITIATED);
    }
    async startAudio() {
      scripted.audioStarts += 1;
      if (!this.canPlaybackAudio) {
        this.canPlaybackAudio = true;
        this.emit(RoomEvent.AudioPlaybackStatusChanged);
      }
    }
  }

  class Reader {
    constructor(id, attributes, chunks) {
      this.info = { id, attributes };
      this.chunks = chunks;
    }
    async *[Symbol.asyncIterator]() {
      yield* this.chunks;
    }
    async readAll() {
      return this.chunks.join("");
    }
  }

  const rooms = [];
  let streams = 0;

  const scripted = {
    published: [],
    unpublished: [],
    sent: [],
    joins: 0,
    audioStarts: 0,
    microphone: null,
    microphoneError: "", // name of what opening the microphone throws
    connectError: "",
    publishError: "",
    sendError: "",
    packets: 0,
    voiceRuns: true,
    DisconnectReason,

    get room() {
      return rooms[0];
    },
    get isConnected() {
      return this.room.isConnected;
    },
    joinsAsBot(attributes = {}) {
      const bot = { identity: "bot", kind: ParticipantKind.AGENT, attributes: { "lk.agent.state": "listening", ...attributes } };
      this.room.remoteParticipants.set("bot", bot);
      this.room.emit(RoomEvent.ParticipantConnected, bot);
    },
    sets(attributes) {
      const bot = this.room.remoteParticipants.get("bot");
      bot.attributes = { ...bot.attributes, ...attributes };
      this.room.emit(RoomEvent.ParticipantAttributesChanged, attributes, bot);
    },
    leavesAsBot() {
      const bot = this.room.remoteParticipants.get("bot");
      this.room.remoteParticipants.delete("bot");
      this.room.emit(RoomEvent.ParticipantDisconnected, bot);
    },
    /** The bot's voice: a tone of a volume from 0 to 1. */
    publishesVoice(volume) {
      const context = new AudioContext();
      const tone = context.createOscillator();
      const gain = context.createGain();
      gain.gain.value = volume;
      const out = context.createMediaStreamDestination();
      tone.connect(gain).connect(out);
      tone.start();
      const element = document.createElement("audio");
      const track = {
        kind: "audio",
        mediaStreamTrack: out.stream.getAudioTracks()[0],
        attach: () => element,
        detach: () => [element],
        receiver: {
          getStats: async () => {
            if (scripted.voiceRuns) scripted.packets += 50;
            return new Map([["in", { type: "inbound-rtp", packetsReceived: scripted.packets }]]);
          },
        },
      };
      this.voice = track;
      this.room.emit(RoomEvent.TrackSubscribed, track, {}, this.room.remoteParticipants.get("bot"));
      return (value) => (gain.gain.value = value);
    },
    /** A text as the bot writes it: its own, or one of the person's. */
    async writes(text, { segment, final = true, unheard, sender = "bot" }) {
      const identity = sender === "me" ? this.room.localParticipant.identity : sender;
      const attributes = { "lk.segment_id": segment, "lk.transcription_final": String(final) };
      if (unheard) attributes["rawbot.unheard"] = unheard;
      const reader = new Reader(`stream-${(streams += 1)}`, attributes, [text]);
      await this.room.handlers["lk.transcription"](reader, { identity });
    },
    async chats(text, identity = "bot") {
      await this.room.handlers["lk.chat"](new Reader(`chat-${(streams += 1)}`, {}, [text]), { identity });
    },
    disconnects(reason) {
      this.room.isConnected = false;
      this.room.emit(RoomEvent.Disconnected, reason);
    },
    emits(name) {
      this.room.emit(RoomEvent[name]);
    },
  };

  globalThis.scripted = scripted;
  globalThis.LivekitClient = {
    ConnectionState,
    DisconnectReason,
    ParticipantKind,
    Room: class extends Room {
      constructor() {
        super();
        rooms.push(this);
      }
    },
    RoomEvent,
    Track,
    TrackEvent,
    createLocalAudioTrack,
  };
})();
