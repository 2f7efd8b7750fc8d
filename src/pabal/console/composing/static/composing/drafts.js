// What is typed into a draft is kept in this browser until the server has it: a session may
// end, a connection may break, a tab may be closed.
"use strict";

(() => {
  const form = document.querySelector("form[data-draft]");
  if (!form) return;
  const key = `pabal-draft-${form.dataset.draft}`;
  const version = () => document.getElementById("version").value;
  const show = (id, visible) => {
    const note = document.getElementById(id);
    if (note) note.hidden = !visible;
  };

  const typed = () => {
    const fields = [...new FormData(form)];
    return fields.filter(([name]) => !["csrfmiddlewaretoken", "version", "as", "dark"].includes(name));
  };
  const keep = () => {
    localStorage.setItem(key, JSON.stringify({ version: version(), fields: typed() }));
  };
  const forget = () => localStorage.removeItem(key);

  const isTicked = (field) => field.type === "radio" || field.type === "checkbox";
  const fill = (fields) => {
    for (const tick of form.querySelectorAll("[type=checkbox]")) {
      tick.checked = fields.some(([name, value]) => name === tick.name && value === tick.value);
    }
    for (const [name, value] of fields) {
      for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
        if (field.type === "radio") field.checked = field.value === value;
        else if (!isTicked(field)) field.value = value;
      }
    }
  };
  const kept = () => JSON.parse(localStorage.getItem(key) ?? "null");
  const restore = () => {
    fill(kept().fields);
    show("restorable", false);
    show("restored", true);
    form.dispatchEvent(new Event("change"));
  };
  const wasTypedEarly = () => [...form.elements].some((field) =>
    isTicked(field) ? field.checked !== field.defaultChecked
      : "defaultValue" in field && field.value !== field.defaultValue);
  const lookForKept = () => {
    // Somebody was quicker than this script, or than htmx.
    if (isUnsaved || (!kept() && wasTypedEarly())) return form.dispatchEvent(new Event("change"));
    if (!kept() || JSON.stringify(kept().fields) === JSON.stringify(typed())) return forget();
    if (kept().version === version()) restore();
    else show("restorable", true);
  };

  // What is sent is what was kept and checked, and that may not be what the page shows.
  let isUnsaved = Boolean(form.querySelector(".field-error"));
  document.addEventListener("submit", (event) => {
    if (!isUnsaved || !event.target.closest("#start")) return;
    event.preventDefault();
    show("unsaved-field", true);
    document.getElementById("unsaved-field").scrollIntoView({ block: "center" });
    form.dispatchEvent(new Event("change"));
  });

  let sent = "";
  form.addEventListener("input", () => {
    isUnsaved = true;
    keep();
  });
  // Parts of the form ask for themselves too.
  form.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt === form) sent = JSON.stringify(typed());
  });
  form.addEventListener("htmx:beforeSwap", (event) => {
    if (!new URL(event.detail.xhr.responseURL).pathname.startsWith("/sign-in/")) return;
    event.detail.shouldSwap = false;
    show("session-ended", true);
  });
  form.addEventListener("htmx:afterRequest", (event) => {
    if (!event.detail.successful) return;
    show("no-connection", false);
    if (event.detail.elt !== form) return;
    const wasSaved = event.detail.xhr.getResponseHeader("X-Draft-Saved") === "yes";
    isUnsaved = !wasSaved || sent !== JSON.stringify(typed());
    if (!isUnsaved) {
      forget();
      show("unsaved-field", false);
    } else if (wasSaved) keep();
  });
  // A token of another session is refused, which is the same to whoever types.
  form.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status === 403) show("session-ended", true);
  });
  form.addEventListener("htmx:sendError", () => show("no-connection", true));
  window.addEventListener("online", () => form.dispatchEvent(new Event("change")));

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-restore]")) restore();
    if (event.target.closest("[data-discard]")) {
      forget();
      show("restorable", false);
    }
    const link = event.target.closest("[data-line]");
    if (link) select(document.getElementById("id_body"), Number(link.dataset.line));
  });

  const select = (area, number) => {
    // An editor that stands for the field goes there itself.
    if (!area.dispatchEvent(new CustomEvent("go-to-line", { detail: number, cancelable: true }))) return;
    const lines = area.value.split("\n");
    const start = lines.slice(0, number - 1).join("\n").length + (number > 1 ? 1 : 0);
    area.focus();
    area.setSelectionRange(start, start + (lines[number - 1] ?? "").length);
    area.scrollTop = (area.scrollHeight / lines.length) * Math.max(0, number - 5);
  };

  // htmx gives elements their handlers first.
  window.addEventListener("load", lookForKept);
})();
