// The token endpoint: `api/token` beside the page, with the schema of LiveKit's TokenSource.endpoint.

import { JoinFailed } from "./join_failed.js";

const SERVED_LIMIT = 3_000; // milliseconds until a program that does not answer counts as ended

/** Asks to be let in as `identity`, or as somebody new; returns { url, token }. Throws JoinFailed. */
export async function fetchToken(identity) {
  let response;
  try {
    response = await fetch("api/token", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ participant_identity: identity }),
    });
  } catch {
    throw new JoinFailed(isOnThisMachine() ? "program" : "unserved");
  }
  if (!response.ok) throw new JoinFailed("refused", await readRefusal(response));
  const answer = await readObject(response);
  if (!answer.participant_token) throw new JoinFailed("refused", "the answer holds no token.");
  return { url: answer.server_url, token: answer.participant_token };
}

/** Why not: the sentence of a problem document (RFC 9457), else the status, as a proxy in between may answer anything. */
async function readRefusal(response) {
  return (await readObject(response)).detail ?? `the answer was ${response.status} ${response.statusText}.`;
}

async function readObject(response) {
  try {
    return (await response.json()) ?? {};
  } catch {
    return {};
  }
}

/** Whether the program that serves this page has ended; of one on another machine nobody can tell that from a network's. */
export async function hasProgramEnded() {
  if (!isOnThisMachine()) return false;
  try {
    await fetch("api/about", { signal: AbortSignal.timeout(SERVED_LIMIT) });
    return false;
  } catch {
    return true;
  }
}

function isOnThisMachine() {
  return ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
}
