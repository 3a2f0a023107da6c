// A page as people build one with LiveKit's components-react: its hooks, and nothing of ours. What they give is kept in
// `seen` for the test that opened it.

import React from "react";
import { createRoot } from "react-dom/client";
import { Room, TokenSource } from "livekit-client";
import { AgentSession } from "@livekit/protocol";
import {
  BarVisualizer,
  RoomAudioRenderer,
  SessionProvider,
  useAgent,
  useSession,
  useSessionMessages,
  useVoiceAssistant,
} from "@livekit/components-react";

const SESSION = "lk.agent.session";
const seen = { states: [], messages: [], received: [], legacy: [], bars: [], answers: {}, events: [], failures: [] };
const given = window.given; // url, token, and how many milliseconds the token takes
window.seen = seen;

const room = new Room({ publishDefaults: { preConnectBuffer: true } });
const source = TokenSource.custom(async () => {
  await new Promise((done) => setTimeout(done, given.tokenTakes));
  return { serverUrl: given.url, participantToken: given.token };
});

function App() {
  const session = useSession(source, { room, agentConnectTimeoutMilliseconds: 60_000 });
  const agent = useAgent(session);
  const [showsTranscript, show] = React.useState(false);
  React.useEffect(() => void seen.states.push(agent.state), [agent.state]);
  React.useEffect(() => void seen.failures.push(...(agent.failureReasons ?? [])), [agent.failureReasons]);
  window.start = () => session.start();
  window.showTranscript = () => show(true);
  return (
    <SessionProvider session={session}>
      <RoomAudioRenderer />
      {session.isConnected && <Voice />}
      {showsTranscript && <Transcript session={session} />}
    </SessionProvider>
  );
}

function Voice() {
  const { state, audioTrack, agentTranscriptions } = useVoiceAssistant();
  seen.legacy = agentTranscriptions.map(({ text, final }) => [text, final]);
  React.useEffect(() => {
    const look = setInterval(() => {
      const bars = [...document.querySelectorAll(".lk-audio-bar")].map((bar) => parseFloat(bar.style.height));
      seen.bars.push([document.querySelector("[data-lk-va-state]")?.dataset.lkVaState, Math.max(...bars)]);
    }, 50);
    return () => clearInterval(look);
  }, []);
  return <BarVisualizer state={state} track={audioTrack} barCount={5} />;
}

// As in LiveKit's starter app it is there only when the person looks at it.
function Transcript({ session }) {
  const { messages, send, internal } = useSessionMessages(session);
  seen.messages = messages.map(({ type, message, attributes }) => [
    type, message, attributes?.["lk.transcription_final"] ?? "",
  ]);
  React.useEffect(() => {
    const take = (message) => seen.received.push([message.type, message.message]);
    internal.emitter.on("messageReceived", take);
    return () => internal.emitter.off("messageReceived", take);
  }, [internal.emitter]);
  window.send = send;
  return <ol>{messages.map(({ id, message }) => <li key={id}>{message}</li>)}</ol>;
}

// What LiveKit's Playground does on this topic.
room.registerByteStreamHandler(SESSION, async (reader) => {
  const parts = await reader.readAll();
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  const { message } = AgentSession.AgentSessionMessage.fromBinary(bytes);
  if (message.case === "event") seen.events.push(message.value.event.case);
  if (message.case === "response") seen.answers[message.value.requestId] = message.value.toJson();
});

window.ask = async (requestId, kind, value = {}) => {
  const request = new AgentSession.SessionRequest({ requestId, request: { case: kind, value } });
  const asked = new AgentSession.AgentSessionMessage({ message: { case: "request", value: request } });
  const [agent] = [...room.remoteParticipants.values()].filter((participant) => participant.isAgent);
  const writer = await room.localParticipant.streamBytes({
    name: "request", topic: SESSION, destinationIdentities: [agent.identity],
  });
  await writer.write(asked.toBinary());
  await writer.close();
};

createRoot(document.getElementById("root")).render(<App />);
