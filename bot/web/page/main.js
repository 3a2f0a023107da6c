// Puts the page together: the state in the middle, the room, the microphone and the browser around it, and what is shown.

import { makeActions } from "./actions.js";
import { keepTranscript, readTranscript } from "./browser/storage.js";
import { watchTabs } from "./browser/tabs.js";
import { watchViewport } from "./browser/viewport.js";
import { makeCall } from "./room/call.js";
import { hasProgramEnded } from "./room/token.js";
import { showAnnouncements } from "./show/announcements.js";
import { showComposer } from "./show/composer.js";
import { showFacts } from "./show/facts.js";
import { keepFocus } from "./show/focus.js";
import { showLevels } from "./show/levels.js";
import { showMicrophone } from "./show/microphone.js";
import { showSheets } from "./show/sheets.js";
import { showStage } from "./show/stage.js";
import { showTranscript } from "./show/transcript.js";
import { makeMicrophone } from "./sound/microphone.js";
import { makeStore } from "./state/store.js";

const store = makeStore();
const levels = showLevels();
const call = makeCall(store.dispatch, levels.bot);
const microphone = makeMicrophone(store, levels.person, call.unpublish);
const sheets = showSheets();
const actions = makeActions({ store, call, microphone, choose: () => sheets.open("microphone") });

// Ends that may be due to that of the program behind the page, about which there is then something better to say.
const MAY_BE_THE_PROGRAM = new Set(["lost", "shutDown", "server", "gone", "missing"]);

// A call that has ended, in whatever way, leaves no connection behind, and no open microphone.
let wasInCall = false;
store.subscribe(({ phase, end }) => {
  const isInCall = phase !== "idle";
  if (wasInCall && !isInCall) {
    wasInCall = isInCall;
    call.leave();
    microphone.close();
    if (MAY_BE_THE_PROGRAM.has(end?.why)) hasProgramEnded().then((has) => has && store.dispatch({ type: "programGone" }));
  }
  wasInCall = isInCall;
});

const saved = readTranscript();
if (saved) store.dispatch({ type: "restored", lines: saved.lines, at: saved.at });
keepTranscript(store);
watchTabs(store);
watchViewport();

showStage(store, actions);
showMicrophone(store, actions);
showTranscript(store);
showComposer(store, actions);
showFacts(store);
showAnnouncements(store);
keepFocus(store);

try {
  const response = await fetch("api/about");
  if (response.ok) store.dispatch({ type: "notes", notes: (await response.json()).notes ?? [] });
} catch {
  // Whoever serves the page need not say anything about the bot.
}
