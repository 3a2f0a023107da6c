// The height that is really there: a phone's keyboard takes half of it, and some browsers do not tell the style sheet.

const SHORT = 520; // pixels below which the page shows only what a conversation needs

/** Keeps `--height` of the page, and `data-short` of its body, like the visible part of the window. */
export function watchViewport() {
  const visible = window.visualViewport;
  function measure() {
    const height = visible?.height ?? innerHeight;
    document.documentElement.style.setProperty("--height", `${height}px`);
    document.body.dataset.short = String(height < SHORT);
  }
  (visible ?? window).addEventListener("resize", measure);
  measure();
}
