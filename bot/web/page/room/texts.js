// The texts in the room: transcriptions of both sides, and chat messages.

const TRANSCRIPTION = "lk.transcription";
const CHAT = "lk.chat";

/** Reports every text of the room. Of a segment the latest stream counts: it holds the whole text so far. */
export function takeTexts(room, dispatch) {
  let opened = 0;

  room.registerTextStreamHandler(TRANSCRIPTION, async (reader, { identity }) => {
    const stream = (opened += 1);
    const id = `${identity} ${reader.info.attributes?.["lk.segment_id"] ?? reader.info.id}`;
    const report = (text, open, unheard = "") =>
      dispatch({ type: "segment", id, stream, identity, text, open, unheard });

    let text = "";
    try {
      for await (const chunk of reader) report((text += chunk), true);
    } catch {
      // The stream broke off with its sender's connection: what has arrived stays.
    }
    const attributes = reader.info.attributes ?? {};
    // A text that is not final is followed by another stream.
    report(text, attributes["lk.transcription_final"] === "false", attributes["rawbot.unheard"]);
  });

  room.registerTextStreamHandler(CHAT, async (reader, { identity }) => {
    try {
      dispatch({ type: "chat", id: reader.info.id, identity, text: await reader.readAll() });
    } catch {
      // A message that broke off is none.
    }
  });
}
