// Blocks and pieces that are dragged: over the mail, or over the list of blocks.

export const watchDragging = (places, { hold, move, insert }) => {
  let dragged = null;
  let target = null;
  let side = "after";

  const unmark = () => {
    target?.classList.remove("drop-before", "drop-after");
    target = null;
  };
  const follow = (event) => {
    const over = event.target.closest?.("[data-select]");
    if (!dragged || !over) return;
    event.preventDefault();
    const { top, height } = over.getBoundingClientRect();
    const now = event.clientY < top + height / 2 ? "before" : "after";
    if (over === target && now === side) return;
    unmark();
    target = over;
    side = now;
    target.classList.add(`drop-${side}`);
  };
  const drop = (event) => {
    if (!dragged || !target) return;
    event.preventDefault();
    const [what, where, which] = [dragged, target.dataset.select, side];
    unmark();
    if (what.piece) insert(what.piece, where, which);
    else if (what.select !== where) move(what.select, where, which);
  };

  for (const place of places) {
    place.addEventListener("dragstart", (event) => {
      dragged = { ...event.target.dataset };
      event.dataTransfer.setData("text/plain", event.target.textContent);
      event.dataTransfer.effectAllowed = "copyMove";
      hold(true);
    });
    place.addEventListener("dragover", follow);
    place.addEventListener("drop", drop);
    place.addEventListener("dragend", () => {
      unmark();
      dragged = null;
      hold(false);
    });
  }
};
