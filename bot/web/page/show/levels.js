// The levels of both voices, as the style sheet reads them: --voice and --mic, 0 to 1. They fall more slowly than they
// rise, so that the orb breathes rather than flickers.

const FALL = 0.82; // of the last level that stays at each look

/** Makes the functions that take the levels of the bot and the person. */
export function showLevels() {
  return { bot: follow("--voice"), person: follow("--mic") };
}

function follow(property) {
  let shown = 0;
  return (level, db) => {
    const isOver = db === -Infinity; // nothing is measured any more
    const next = isOver || level > shown ? level : Math.max(level, shown * FALL);
    const rounded = next < 0.01 ? 0 : next;
    if (rounded === shown) return;
    shown = rounded;
    document.documentElement.style.setProperty(property, shown.toFixed(3));
  };
}
