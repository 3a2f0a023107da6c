// The texts in the room: transcriptions of both sides, and chat messages.

const TRANSCRIPTION = "lk.transcription";
const CHAT = "lk.chat";

/** Reports every text of the room. Of a segment the latest stream counts: it holds the whole text so far. */
export function takeTexts(room, dispatch) {
  let opened = 0;

  room.registerTextStreamHandler(TRANSCRIPTION, async (reader, { identity }) => {
    const stream = (opened += 1);
    const id = `${identity} ${reader.info.attributes?.["lk.segment_id"] ?? reader.info.id}`;
    const report = (text, isWhole) => {
      const attributes = reader.info.attributes ?? {};
      const final = attributes["lk.transcription_final"]; // one that is not final is followed by another stream
      const open = isWhole ? final === "false" : final !== "true";
      dispatch({ type: "segment", id, stream, identity, text, open, unheard: attributes["rawbot.unheard"] ?? "" });
    };

    let text = "";
    try {
      for await (const chunk of reader) report((text += chunk), false);
    } catch {
      // The stream broke off with its sender's connection: what has arrived stays.
    }
    report(text, true);
  });

  room.registerTextStreamHandler(CHAT, async (reader, { identity }) => {
    try {
      dispatch({ type: "chat", id: reader.info.id, identity, text: await reader.readAll() });
    } catch {
      // A message that broke off is none.
    }
  });
}
