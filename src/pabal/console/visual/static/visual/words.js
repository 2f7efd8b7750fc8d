// A field in which words are written: bold, links, and values of each reader as chips.

export const watchWords = (fields, fill) => {
  let last = null; // where somebody was writing
  const field = () => fields.querySelector(".words-field");

  const remember = () => {
    const range = getSelection().rangeCount ? getSelection().getRangeAt(0) : null;
    if (range && field()?.contains(range.commonAncestorContainer)) last = range.cloneRange();
  };
  document.addEventListener("selectionchange", remember);
  const goBack = () => {
    field().focus();
    if (!last || !field().contains(last.commonAncestorContainer)) return;
    getSelection().removeAllRanges();
    getSelection().addRange(last);
  };

  const insert = async (source) => {
    if (!field()) return;
    remember(); // the browser tells of a selection only afterwards
    const chip = document.createElement("span");
    chip.dataset.chip = source;
    const range = last && field().contains(last.commonAncestorContainer) ? last : null;
    if (range) {
      range.deleteContents();
      range.insertNode(chip);
    } else field().append(chip);
    await fill("again");
    field()?.focus();
    getSelection().selectAllChildren(field());
    getSelection().collapseToEnd();
  };

  const link = (line) => {
    const [address] = line.getElementsByTagName("input");
    line.hidden = true;
    goBack();
    if (address.value.trim()) document.execCommand("createLink", false, address.value.trim());
    address.value = "";
  };

  // A button must not take the selection away from the words.
  fields.addEventListener("mousedown", (event) => {
    if (event.target.closest("[data-style], [data-link]")) event.preventDefault();
  });
  fields.addEventListener("click", (event) => {
    const style = event.target.closest("[data-style]");
    const line = fields.querySelector(".link-line");
    if (style) {
      goBack();
      document.execCommand(style.dataset.style);
    } else if (event.target.closest("[data-link]")) {
      line.hidden = !line.hidden;
      if (!line.hidden) line.querySelector("input").focus();
    } else if (event.target.closest("[data-link-done]")) link(line);
  });
  fields.addEventListener("change", (event) => {
    const value = event.target.closest("[data-insert-value]");
    if (value?.value) insert(value.value);
  });
  fields.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    if (event.target.closest(".words-field")) {
      event.preventDefault();
      document.execCommand("insertLineBreak");
    } else if (event.target.closest(".link-line")) {
      event.preventDefault();
      link(event.target.closest(".link-line"));
    }
  });
  fields.addEventListener("paste", (event) => {
    if (!event.target.closest?.(".words-field")) return;
    event.preventDefault();
    document.execCommand("insertText", false, event.clipboardData.getData("text/plain"));
  });
  return { insert };
};
