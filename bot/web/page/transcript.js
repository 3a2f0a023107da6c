// The transcript. Of several text streams with one segment id the latest counts: it holds the whole text so far.

const TRANSCRIPTION = "lk.transcription";

/** Shows the transcripts of both sides of `room` in `list`, an element for each segment. */
export function showTranscripts(room, list) {
  const lines = new Map();

  room.registerTextStreamHandler(TRANSCRIPTION, async (reader, { identity }) => {
    const stream = reader.info.id;
    const segment = `${identity} ${reader.info.attributes?.["lk.segment_id"] ?? stream}`;
    if (!lines.has(segment)) lines.set(segment, { stream, element: null });
    const line = lines.get(segment);
    line.stream = stream;
    const show = (text, unfinished) => {
      if (line.stream !== stream) return; // a later stream has taken the segment over
      line.element ??= addLine(list, identity === room.localParticipant.identity);
      line.element.lastChild.textContent = text;
      line.element.classList.toggle("unfinished", unfinished);
      line.element.hidden = !text.trim();
      follow(list);
    };

    let text = "";
    try {
      for await (const chunk of reader) show((text += chunk), true);
    } catch {
      // The stream broke off with its sender's connection: what has arrived stays.
    }
    // A text that is not final is followed by another stream.
    show(text, reader.info.attributes?.["lk.transcription_final"] === "false");
  });
}

/** Shows a typed message: the room sends it only to the others. */
export function showTyped(text, list) {
  addLine(list, true).lastChild.textContent = text;
  follow(list, true);
}

/** Adds a line; its last child takes the words. The side shows the speaker, and a screen reader reads the name. */
function addLine(list, mine) {
  const element = document.createElement("li");
  element.className = mine ? "mine" : "theirs";
  const speaker = document.createElement("span");
  speaker.className = "unseen";
  speaker.textContent = mine ? "You: " : "Bot: ";
  element.append(speaker, document.createElement("span"));
  list.append(element);
  return element;
}

/** Keeps the newest line in view, unless the reader has scrolled up. */
function follow(list, always = false) {
  const below = list.scrollHeight - list.scrollTop - list.clientHeight;
  if (always || below < 120) list.scrollTop = list.scrollHeight;
}
