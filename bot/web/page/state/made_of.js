// What the bot is made of, from its attribute `rawbot.providers`.

import { SERVICES } from "./words.js";

/** Rows { label, name, remark } for hearing, thinking and speaking; none when the bot does not say. */
export function madeOf(text) {
  let given;
  try {
    given = JSON.parse(text);
  } catch {
    return [];
  }
  return Object.entries(SERVICES).map(([kind, label]) => row(label, given?.[kind]));
}

function row(label, provider) {
  if (!provider?.name) return { label, name: "none", remark: "" };
  const name = [provider.name, provider.model].filter(Boolean).join(" ");
  const remark = provider.remark || (provider.local ? "on the bot's machine" : "");
  return { label, name, remark };
}
