// The frame follows what is typed: whenever the server finds nothing wrong with it.
"use strict";

(() => {
  const button = document.getElementById("look");
  const form = document.getElementById("draft");
  if (!button || !form) return;
  const isSound = () => !document.querySelector("#trouble[data-is-bad]");
  const look = () => { if (isSound()) form.requestSubmit(button); };
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "trouble") look();
  });
  for (const name of ["as", "dark"]) form.elements[name].addEventListener("change", look);
  button.hidden = true;
  window.addEventListener("load", look);
})();
