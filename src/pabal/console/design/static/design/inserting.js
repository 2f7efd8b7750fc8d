// A menu of what may be put into a text: it goes to where somebody was typing last.
"use strict";

(() => {
  let last = null;
  const menu = document.querySelector("[data-insert-into]");
  if (!menu) return;
  const fields = () => menu.dataset.insertInto.split(" ").map((id) => document.getElementById(id));

  document.addEventListener("focusin", (event) => {
    const code = event.target.closest(".code");
    const other = event.target.closest("[data-stands-for]");
    const field = code ? code.previousElementSibling
      : other ? document.getElementById(other.dataset.standsFor) : event.target;
    if (fields().includes(field)) last = field;
  });

  menu.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-insert]");
    if (!chosen) return;
    menu.open = false;
    insert(last ?? fields()[0], chosen.dataset.insert);
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  const insert = (field, text) => {
    const asked = new CustomEvent("insert-text", { detail: text, cancelable: true });
    if (!field.dispatchEvent(asked)) return;
    field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  };
})();
