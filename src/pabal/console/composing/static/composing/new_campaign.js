// The kind follows what is chosen to start from, until somebody says otherwise.
"use strict";

(() => {
  let isDecided = false;
  for (const radio of document.querySelectorAll("[name=kind]")) {
    radio.addEventListener("change", () => { isDecided = true; });
  }
  for (const radio of document.querySelectorAll("[name=start_from]")) {
    radio.addEventListener("change", () => {
      if (isDecided) return;
      const isNotice = radio.dataset.notices.split(" ").includes(radio.value);
      const kind = isNotice ? "notice" : "advertising";
      document.querySelector(`[name=kind][value=${kind}]`).checked = true;
    });
  }
})();
