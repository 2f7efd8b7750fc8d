// Figures that stand still look like a sending that stands still: say that it is the connection.
"use strict";

(() => {
  const note = document.getElementById("no-connection");
  if (!note) return;
  const tell = (isLost) => { note.hidden = !isLost; };
  document.addEventListener("htmx:sendError", () => tell(true));
  document.addEventListener("htmx:responseError", () => tell(true));
  document.addEventListener("htmx:afterSwap", () => tell(false));
})();
