// The mail in a frame, with a box over each block.

const MARK = "pabal-block-";
const PHONE = 375; // pixels
const LEAST = 28; // pixels, for blocks with nothing in them yet

export class Canvas {
  constructor(element, form) {
    this.element = element;
    this.form = form;
    this.unseen = document.getElementById("visual-unseen");
    this.layer = element.querySelector(".layer");
    this.frames = 0;
    this.shown = null;
    this.blocks = [];
    new ResizeObserver(() => this.measure()).observe(element);
  }

  forget() { this.shown = null; }

  /** blocks: the buttons of the outline. The mail is fetched where its source is another. */
  show(source, reader, blocks, selected) {
    this.blocks = blocks;
    this.selected = selected;
    if (source === this.shown) return this.measure();
    this.shown = source;
    // Each time a frame of its own: one that is filled again would be a step of the history.
    const frame = document.createElement("iframe");
    frame.name = `visual-canvas-${++this.frames}`;
    frame.title = this.element.dataset.title;
    frame.tabIndex = -1;
    frame.setAttribute("sandbox", "allow-same-origin");
    frame.addEventListener("load", () => {
      if (frame.contentDocument.URL !== "about:blank") this.take(frame);
    });
    this.element.prepend(frame);
    this.form.target = frame.name;
    this.form.elements.body.value = source;
    this.form.elements.as.value = reader;
    this.form.submit();
  }

  take(frame) {
    for (const each of this.element.querySelectorAll("iframe")) if (each !== frame) each.remove();
    this.frame = frame;
    frame.classList.add("there");
    this.measure();
  }

  /** While a box is dragged, none is made anew: the browser would drop it. */
  hold(isHeld) {
    this.isHeld = isHeld;
    this.measure();
  }

  narrow(isNarrow) {
    this.width = isNarrow ? PHONE : null;
    this.measure();
  }

  measure() {
    if (this.isHeld || !this.frame?.isConnected || !this.frame.clientWidth) return;
    const page = this.frame.contentDocument;
    this.frame.style.width = this.width ? `${this.width}px` : "100%";
    this.frame.style.height = "0";
    const height = `${page.documentElement.scrollHeight}px`;
    this.frame.style.height = this.layer.style.height = height;
    this.layer.style.width = `${this.frame.clientWidth}px`;
    this.lay(this.blocks.flatMap((block) => this.box(page, block)));
    this.unseen.hidden = this.showsChosen();
  }

  /** Boxes that are there already stay, or a click that has begun on one would go nowhere. */
  lay(boxes) {
    const there = [...this.layer.children];
    const isSame = boxes.length === there.length && boxes.every((box, index) => box === there[index]);
    if (!isSame) this.layer.replaceChildren(...boxes);
  }

  /** Whether the chosen block, or one in it, is in the mail of the reader. */
  showsChosen() {
    const chosen = this.blocks.find((block) => "shown" in block.dataset && block.ariaCurrent);
    const inside = [...chosen?.closest("li").querySelectorAll("[data-select]") ?? []];
    const boxes = new Set([...this.layer.children].map((box) => box.dataset.select));
    return !chosen || inside.some((block) => boxes.has(block.dataset.select));
  }

  box(page, block) {
    const found = page.querySelector(`.${MARK}${block.dataset.select}`);
    if (!found) return [];
    const place = found.getBoundingClientRect();
    const known = this.layer.querySelector(`.box[data-select="${block.dataset.select}"]`);
    const box = known ?? document.createElement("div");
    box.classList.add("box");
    box.dataset.select = block.dataset.select;
    box.dataset.label = block.dataset.label;
    box.draggable = block.draggable;
    box.classList.toggle("chosen", block.dataset.select === String(this.selected));
    box.style.left = `${place.left}px`;
    box.style.top = `${place.top}px`;
    box.style.width = `${place.width}px`;
    box.style.height = `${Math.max(place.height, LEAST)}px`;
    return [box];
  }
}
