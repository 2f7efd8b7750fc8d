// Images to choose from, in a dialog. Whoever has asked is told by an event, "image-chosen";
// where nobody is, the image's tag goes to where somebody was typing last.
"use strict";

(() => {
  const dialog = document.getElementById("picker");
  if (!dialog) return;
  const library = dialog.querySelector("[data-library]");
  const chosenForm = dialog.querySelector("[data-chosen]");
  const alt = document.getElementById("picker-alt");
  let asker = null;
  let chosen = null;

  const show = async (address, options) => {
    try {
      const response = await fetch(address, options);
      if (!response.ok || response.redirected) throw new Error(response.status);
      library.innerHTML = await response.text();
      dialog.querySelector("[data-lost]").hidden = true;
    } catch {
      dialog.querySelector("[data-lost]").hidden = false;
    }
    choose(library.querySelector("[data-made]"));
  };

  const choose = (button) => {
    chosen = button;
    for (const each of library.querySelectorAll("[data-src]")) {
      each.setAttribute("aria-pressed", each === button);
    }
    chosenForm.hidden = !button;
    if (!button) return;
    alt.value = button.dataset.alt;
    alt.focus();
  };

  const put = () => {
    const { src, width } = chosen.dataset;
    const image = { src, width, alt: alt.value.trim() };
    dialog.close();
    const told = new CustomEvent("image-chosen", { detail: image, bubbles: true, cancelable: true });
    if (asker.dispatchEvent(told)) insert(image);
  };

  const insert = ({ src, alt: says, width }) => {
    const field = document.getElementById("id_body");
    const isHtml = field.form.elements.markup.value === "html";
    const values = `src="${written(src)}" alt="${written(says)}"`;
    const tag = isHtml ? `<img ${values} width="${parseInt(width, 10)}">`
      : `<mj-image ${values} width="${width}" />`;
    const asked = new CustomEvent("insert-text", { detail: tag, cancelable: true });
    if (!field.dispatchEvent(asked)) return;
    field.setRangeText(tag, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const written = (text) =>
    text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");

  document.addEventListener("click", (event) => {
    const asking = event.target.closest("[data-pick-image]");
    if (!asking) return;
    event.preventDefault();
    asker = asking;
    chosenForm.hidden = true;
    library.replaceChildren();
    dialog.showModal();
    show(dialog.dataset.choices);
  });
  dialog.addEventListener("click", (event) => {
    const page = event.target.closest(".pages a");
    if (event.target.closest("[data-close]")) dialog.close();
    else if (event.target.closest("[data-src]")) choose(event.target.closest("[data-src]"));
    else if (page) {
      event.preventDefault();
      show(dialog.dataset.choices + page.getAttribute("href"));
    }
  });
  dialog.addEventListener("submit", (event) => {
    event.preventDefault();
    if (event.target === chosenForm) put();
    else show(event.target.action, { method: "POST", body: new FormData(event.target) });
  });
})();
