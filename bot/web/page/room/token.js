// The token endpoint: `api/token` beside the page, with the schema of LiveKit's TokenSource.endpoint.

import { JoinFailed } from "./join_failed.js";

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
    throw new JoinFailed("token");
  }
  if (!response.ok) throw new JoinFailed("refused", await readRefusal(response));
  const answer = await response.json();
  return { url: answer.server_url, token: answer.participant_token };
}

/** Why not: the sentence of a problem document (RFC 9457), or the text itself. */
async function readRefusal(response) {
  const text = (await response.text()).trim();
  try {
    return JSON.parse(text).detail ?? text;
  } catch {
    return text;
  }
}
