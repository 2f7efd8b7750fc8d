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
let waiting = 0; // for a pause in typing
let asked = 0; // of the server, and not answered
let isRefused = false; // what is typed into the fields
let turn = Promise.resolve();

const source = () => area.value.replaceAll("\r\n", "\n");
const isVisual = () => !root.hidden;

// Asking the server: one thing after the other, each about the source that the last one left.

const ask = (deed) => {
  asked += 1;
  turn = turn.then(() => send(deed))
    .catch(() => lost(deed, "no-connection"))
    .finally(() => { asked -= 1; });
  return turn;
};

const send = async (deed) => {
  const sent = source();
  const body = new URLSearchParams({ body: sent, markup: markup(), ...deed });
  const headers = { "X-CSRFToken": canvasForm.elements.csrfmiddlewaretoken.value };
  const response = await fetch(root.dataset.blocks, { method: "POST", body, headers });
  if (response.redirected || response.status === 403) {
    return lost(deed, "session-ended");
  }
  const answer = await response.json();
  // What is typed is in the source before the form is sent, or the form is not sent.
area.form.addEventListener("submit", async (event) => {
  if (!isVisual() || !(waiting || asked || isRefused)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const { submitter } = event;
  if (await settled()) area.form.requestSubmit(submitter ?? undefined);
}, true);
window.addEventListener("beforeunload", (event) => {
  if (isVisual() && (waiting || asked || isRefused)) event.preventDefault();
});

// Another hand has written into the field meanwhile: what it wrote counts.
  return source() === sent ? take(answer, deed) : send({ block: "" });
};

const lost = (deed, why) => {
  byId(why).hidden = false;
  isRefused ||= deed.do === "fill";
};

const markup = () => area.form.elements.markup.value;

const take = (answer, deed) => {
  say(answer.is_closed ? "" : answer.said);
  byId("no-connection").hidden = true;
  isRefused = deed.do === "fill" && Boolean(answer.said);
  if (answer.is_closed) leave(answer.said);
  if (answer.said) return answer;
  if (answer.body !== source()) {
    done.push({ body: source(), selected });
    undone = [];
    write(answer.body);
  }
  written = answer.body;
  selected = answer.selected;
  list(answer.outline);
  if (deed.do !== "fill" || deed.again) fields.innerHTML = answer.fields;
  refresh();
  return answer;
};

const list = (blocks) => {
  const [scrolled, isIn] = [outline.scrollTop, outline.contains(document.activeElement)];
  outline.innerHTML = blocks;
  outline.scrollTop = scrolled;
  const chosen = outline.querySelector("[aria-current]");
  if (isIn) chosen?.focus({ preventScroll: true });
  const over = (chosen?.offsetTop ?? 0) - outline.scrollTop;
  if (over < 0 || over > outline.clientHeight - 40) outline.scrollTop += over - 80;
};

const write = (body) => {
  written = body;
  area.value = body;
  area.dispatchEvent(new Event("input", { bubbles: true }));
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
const fill = (again = "") => {
  clearTimeout(waiting);
  waiting = 0;
  return ask({ ...typed(), again });
};
const flush = () => (waiting ? fill() : turn);

// Whether what is typed is in the source. Where it was refused, it stays in its field, to be mended.
const settled = async () => {
  await flush();
  return !isRefused;
};

fields.addEventListener("input", (event) => {
  const colour = event.target.closest("[data-for]");
  if (colour) byId(colour.dataset.for).value = colour.value;
  clearTimeout(waiting);
  waiting = setTimeout(fill, PAUSE);
});
fields.addEventListener("focusout", () => { if (waiting) fill(); });
fields.addEventListener("image-chosen", (event) => {
  event.preventDefault();
  for (const [name, value] of Object.entries(event.detail)) byId(`visual-${name}`).value = value;
  fill("again");
});
fields.addEventListener("submit", (event) => event.preventDefault());
const words = watchWords(fields, fill);

// Deeds

const select = async (number) => {
  if (await settled()) await ask({ block: number });
};
const insert = async (piece, target, side) => {
  if (!await settled()) return;
  const answer = await ask({ do: "insert", piece, target: target ?? "", side });
  if (answer?.body && piece === "image") fields.querySelector("[data-pick-image]")?.click();
};
const move = async (number, target, side) => {
  if (await settled()) await ask({ do: "move", block: number, target, side });
};
const go = async (from, to) => {
  await flush();
  if (from.length === 0) return;
  const last = from.pop();
  to.push({ body: source(), selected });
  write(last.body);
  await ask({ block: last.selected ?? "" });
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
  if (deed !== "delete" && !await settled()) return;
  await ask({ do: deed, block: selected });
  fields.querySelector(`[data-do="${deed}"]`)?.focus();
};
const widen = (chosen) => {
  for (const each of root.querySelectorAll("[data-width]")) {
    each.setAttribute("aria-pressed", each === chosen);
  }
  canvas.narrow(chosen.dataset.width === "phone");
};
for (const place of [root, outline]) place.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  if (event.shiftKey) go(undone, done);
  else go(done, undone);
});
watchDragging([root, outline], {
  hold: (isHeld) => canvas.hold(isHeld),
  move,
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
