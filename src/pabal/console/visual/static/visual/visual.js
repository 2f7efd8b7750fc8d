// A mail as blocks: pointed at in the mail itself, filled in beside it, dragged.
//
// The textarea stays the form's field, and the server changes its source: here is only what
// hands do. The mail is a frame that the server fills; over it lies a layer of boxes, one for
// each block, so that nothing has to run inside of the frame.
import { watchWords } from "./words.js";
import { watchDragging } from "./dragging.js";
import { Canvas } from "./canvas.js";

const KEPT = "pabal-editor";
const PAUSE = 500; // milliseconds without typing
const wide = matchMedia("(min-width: 60rem)");
const byId = (id) => document.getElementById(id);
const root = byId("visual");
const area = byId("id_body");
const modes = document.querySelector("[data-modes]");
const fields = byId("visual-fields");
const outline = byId("visual-outline");
const canvasForm = byId("visual-canvas");
const canvas = new Canvas(root.querySelector(".canvas"), canvasForm);

let selected = null;
let written = null; // the source as this editor has left it
let done = [];
let undone = [];
let waiting = 0;
let turn = Promise.resolve();

const source = () => area.value.replaceAll("\r\n", "\n");
const isVisual = () => !root.hidden;

// Asking the server: one thing after the other, each about the source that the last one left.

const ask = (deed) => {
  turn = turn.then(() => send(deed)).catch(() => { byId("no-connection").hidden = false; });
  return turn;
};

const send = async (deed) => {
  const body = new URLSearchParams({ body: source(), markup: markup(), ...deed });
  const headers = { "X-CSRFToken": canvasForm.elements.csrfmiddlewaretoken.value };
  const response = await fetch(root.dataset.blocks, { method: "POST", body, headers });
  if (response.redirected || response.status === 403) {
    byId("session-ended").hidden = false;
    return null;
  }
  return take(await response.json(), deed);
};

const markup = () => area.form.elements.markup.value;

const take = (answer, deed) => {
  say(answer.is_closed ? "" : answer.said);
  if (answer.is_closed) leave(answer.said);
  if (answer.said) return answer;
  if (answer.body !== source()) {
    done.push({ body: source(), selected });
    undone = [];
    write(answer.body);
  }
  written = answer.body;
  selected = answer.selected;
  outline.innerHTML = answer.outline;
  if (deed.do !== "fill" || deed.again) fields.innerHTML = answer.fields;
  refresh();
  return answer;
};

const write = (body) => {
  written = body;
  area.value = body;
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.dispatchEvent(new Event("change", { bubbles: true }));
};

const refresh = () => {
  root.querySelector("[data-undo]").disabled = done.length === 0;
  root.querySelector("[data-redo]").disabled = undone.length === 0;
  canvas.show(source(), byId("as")?.value ?? "", [...outline.querySelectorAll("[data-select]")], selected);
};

const say = (text) => {
  byId("visual-said").textContent = text ?? "";
  byId("visual-said").hidden = !text;
};

// Fields

const typed = () => {
  const form = fields.querySelector("form");
  if (!form) return null;
  const deed = { do: "fill", block: form.dataset.block };
  for (const field of form.querySelectorAll("[data-name]")) {
    deed[`field-${field.dataset.name}`] = field.value ?? field.innerHTML;
  }
  return deed;
};
const flush = () => {
  if (!waiting) return;
  clearTimeout(waiting);
  waiting = 0;
  ask(typed());
};
const fill = (again = "") => {
  clearTimeout(waiting);
  waiting = 0;
  return ask({ ...typed(), again });
};

fields.addEventListener("input", (event) => {
  const colour = event.target.closest("[data-for]");
  if (colour) byId(colour.dataset.for).value = colour.value;
  clearTimeout(waiting);
  waiting = setTimeout(flush, PAUSE);
});
fields.addEventListener("submit", (event) => event.preventDefault());
const words = watchWords(fields, fill);

// Deeds

const select = (number) => {
  flush();
  return ask({ block: number });
};
const insert = async (piece, target, side) => {
  flush();
  const answer = await ask({ do: "insert", piece, target: target ?? "", side });
  if (answer?.body && piece === "image") fields.querySelector("[data-pick-image]")?.click();
};
const go = (from, to) => {
  if (from.length === 0) return;
  flush();
  turn = turn.then(() => {
    const last = from.pop();
    to.push({ body: source(), selected });
    write(last.body);
    return send({ block: last.selected ?? "" });
  });
};

document.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest?.(selector);
  if (at("[data-mode]")) choose(at("[data-mode]").dataset.mode);
  if (!isVisual()) return;
  if (at("[data-select]")) select(at("[data-select]").dataset.select);
  else if (at("[data-do]")) deedOn(at("[data-do]").dataset.do);
  else if (at("[data-piece]")) insert(at("[data-piece]").dataset.piece, selected, "after");
  else if (at("[data-undo]")) go(done, undone);
  else if (at("[data-redo]")) go(undone, done);
  else if (at("#visual [data-width]")) widen(at("[data-width]"));
});
const deedOn = async (deed) => {
  flush();
  await ask({ do: deed, block: selected });
  fields.querySelector(`[data-do="${deed}"]`)?.focus();
};
const widen = (chosen) => {
  for (const each of root.querySelectorAll("[data-width]")) {
    each.setAttribute("aria-pressed", each === chosen);
  }
  canvas.narrow(chosen.dataset.width === "phone");
};
root.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  if (event.shiftKey) go(undone, done);
  else go(done, undone);
});
watchDragging([root, outline], {
  hold: (isHeld) => canvas.hold(isHeld),
  move: (number, target, side) => { flush(); ask({ do: "move", block: number, target, side }); },
  insert,
});

// Coming and going

const choose = async (mode) => {
  localStorage.setItem(KEPT, mode);
  if (mode === "code") leave("");
  else await enter();
};

const enter = async () => {
  byId("visual-narrow").hidden = wide.matches;
  if (!wide.matches || isVisual()) return;
  byId("visual-refusal").hidden = true;
  canvas.forget();
  const answer = await ask({ block: "" });
  if (answer?.body !== undefined) stand(true);
};

const leave = (why) => {
  flush();
  stand(false);
  byId("visual-refusal").textContent = why;
  byId("visual-refusal").hidden = !why;
};

const stand = (visual) => {
  root.hidden = byId("visual-beside").hidden = !visual;
  document.querySelector("[data-source]").hidden = visual;
  for (const each of modes.querySelectorAll("[data-mode]")) {
    each.setAttribute("aria-pressed", (each.dataset.mode === "visual") === visual);
  }
  if (visual) canvas.measure();
};

// Another hand has written into the field: a draft that is put back, another kind of source.
area.form.addEventListener("change", (event) => {
  if (event.target.name === "markup" && localStorage.getItem(KEPT) === "visual") {
    if (isVisual()) ask({ block: "" });
    else enter();
  } else if (isVisual() && source() !== written) {
    done = [];
    undone = [];
    ask({ block: "" });
  }
});
byId("as")?.addEventListener("change", () => { if (isVisual()) { canvas.forget(); refresh(); } });
document.addEventListener("go-to-line", (event) => {
  if (event.target === area && isVisual()) leave("");
}, true);
document.addEventListener("insert-text", (event) => {
  if (event.target !== area || !isVisual()) return;
  event.preventDefault();
  event.stopPropagation();
  words.insert(event.detail);
}, true);
wide.addEventListener("change", () => {
  if (isVisual() && !wide.matches) {
    leave("");
    byId("visual-narrow").hidden = false;
  } else if (!isVisual() && localStorage.getItem(KEPT) === "visual") enter();
});

modes.hidden = false;
window.addEventListener("load", () => { if (localStorage.getItem(KEPT) === "visual") enter(); });
