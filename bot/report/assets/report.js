"use strict";
// What a reader without JavaScript does by hand: from a mark to its evidence, and the recording's place on the drawings.

const players = [...document.querySelectorAll("audio")];
let audio = players[0]; // the one that plays, or would
const offsetOf = (player) => Number(player.dataset.offset);

function scaleOf(drawing) {
  const [start, end, left, right, width] = drawing.dataset.scale.split(" ").map(Number);
  return { start, end, left, right, width };
}

function timeAt(drawing, clientX) {
  const box = drawing.getBoundingClientRect();
  const { start, end, left, right, width } = scaleOf(drawing);
  const x = ((clientX - box.left) / box.width) * width;
  return start + (Math.min(Math.max(x, left), right) - left) / (right - left) * (end - start);
}

function showEvidence(id) {
  const row = document.getElementById(id);
  if (!row) return;
  row.closest("details").open = true;
  for (const other of document.querySelectorAll("tr.found")) other.classList.remove("found");
  row.classList.add("found");
  row.scrollIntoView({ block: "center" });
}

function playFrom(at) {
  const begun = players.filter((player) => offsetOf(player) <= at);
  const chosen = begun.length ? begun[begun.length - 1] : players[0];
  if (chosen !== audio) audio.pause();
  audio = chosen;
  audio.currentTime = Math.max(0, at - offsetOf(audio));
  audio.play().catch(() => {}); // a browser that wants a gesture first keeps the place
}

function place(drawing, at) {
  const { start, end, left, right } = scaleOf(drawing);
  const cursor = drawing.querySelector(".cursor");
  const isOn = at >= start && at <= end;
  cursor.classList.toggle("on", isOn);
  if (!isOn) return;
  const x = left + (at - start) / (end - start) * (right - left);
  cursor.setAttribute("x1", x);
  cursor.setAttribute("x2", x);
}

const turns = [...document.querySelectorAll("section.turn")];
let current = null;

function turnAt(at) {
  let low = 0, high = turns.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (Number(turns[middle].dataset.at) <= at) low = middle; else high = middle - 1;
  }
  return turns[low];
}

function follow() {
  const at = audio.currentTime + offsetOf(audio);
  place(document.querySelector(".overview"), at);
  const turn = turnAt(at);
  if (turn !== current) {
    if (current) {
      current.classList.remove("now");
      for (const cursor of current.querySelectorAll(".cursor")) cursor.classList.remove("on");
    }
    current = turn;
    if (turn) turn.classList.add("now");
  }
  if (turn) for (const strip of turn.querySelectorAll(".strip")) place(strip, at);
}

document.addEventListener("click", (event) => {
  const mark = event.target.closest(".mark");
  if (mark) return showEvidence(mark.dataset.moment);
  if (!audio || event.target.closest("a")) return;
  const time = event.target.closest("[data-seek]");
  if (time) return playFrom(Number(time.dataset.seek));
  const drawing = event.target.closest("svg[data-scale]");
  if (drawing) playFrom(timeAt(drawing, event.clientX));
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const isButton = event.target.matches("[data-seek]");
  if (isButton && (event.key === "Enter" || event.key === " ")) {
    event.preventDefault();
    return playFrom(Number(event.target.dataset.seek));
  }
  if (event.key !== "j" && event.key !== "k") return;
  const here = turns.findIndex((turn) => turn.getBoundingClientRect().bottom > 80);
  const next = turns[Math.min(Math.max(here + (event.key === "j" ? 1 : -1), 0), turns.length - 1)];
  if (next) {
    next.scrollIntoView();
    next.querySelector("h3 a").focus({ preventScroll: true });
  }
});

let frame = 0;
const run = () => { follow(); frame = audio.paused ? 0 : requestAnimationFrame(run); };
for (const player of players) {
  for (const name of ["play", "seeked", "timeupdate"]) player.addEventListener(name, () => {
    if (player.paused && player !== audio) return;
    if (player !== audio) audio.pause();
    audio = player;
    if (!frame) frame = requestAnimationFrame(run);
  });
}
if (audio) {
  for (const time of document.querySelectorAll("h3 [data-seek]")) {
    time.tabIndex = 0;
    time.setAttribute("role", "button");
    time.setAttribute("aria-label", `play from ${time.textContent}`);
  }
}
