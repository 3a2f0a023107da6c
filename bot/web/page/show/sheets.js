// The sheets that open under a button (details elements): one at a time, closed by Escape or a click elsewhere.

/** Makes them behave; `open(id)` opens one. */
export function showSheets() {
  const sheets = [...document.querySelectorAll("details.sheet")];

  function close(others) {
    for (const sheet of others) sheet.open = false;
  }

  for (const sheet of sheets) {
    sheet.addEventListener("toggle", () => sheet.open && close(sheets.filter((other) => other !== sheet)));
  }
  addEventListener("pointerdown", ({ target }) => close(sheets.filter((sheet) => !sheet.contains(target))));
  addEventListener("keydown", ({ key }) => {
    if (key !== "Escape") return;
    const open = sheets.find((sheet) => sheet.open);
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
  });

  return {
    open(id) {
      const sheet = sheets.find((one) => one.id === id);
      sheet.open = true;
      const first = ["select:enabled", "div button:enabled", "summary"].map((one) => sheet.querySelector(one));
      first.find((element) => element?.checkVisibility()).focus();
    },
  };
}
