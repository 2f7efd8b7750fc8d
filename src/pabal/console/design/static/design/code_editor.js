// Source in a textarea, as an editor: colours, numbers, errors at their line, search.
//
// The textarea stays the form's field. Where this file does not run, people type into it; where
// it runs, each change is written there and told as if it had been typed there.
import {
  Decoration, EditorState, EditorView, HighlightStyle, LRLanguage, MatchDecorator, ViewPlugin,
  bracketMatching, defaultKeymap, drawSelection, foldGutter, foldKeymap, highlightActiveLine,
  highlightSelectionMatches, history, historyKeymap, htmlParser, keymap, lineNumbers, lintGutter,
  search, searchKeymap, setDiagnostics, syntaxHighlighting, tags,
} from "./vendor/codemirror-6.min.js";

const script = document.querySelector("script[data-code-editor]");
const phrases = JSON.parse(document.getElementById("editor-phrases")?.textContent ?? "{}");

const TAG = /\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}/g;
const tagged = new MatchDecorator({
  regexp: TAG, decoration: (match) =>
    Decoration.mark({ class: match[0].startsWith("{#") ? "code-comment" : "code-tag" }),
});
const templateTags = ViewPlugin.fromClass(class {
  constructor(view) { this.marks = tagged.createDeco(view); }
  update(update) { this.marks = tagged.updateDeco(update, this.marks); }
}, { decorations: (plugin) => plugin.marks });

const colours = HighlightStyle.define([
  { tag: tags.tagName, class: "code-element" },
  { tag: tags.attributeName, class: "code-attribute" },
  { tag: tags.attributeValue, class: "code-value" },
  { tag: tags.comment, class: "code-comment" },
  { tag: tags.angleBracket, class: "code-soft" },
]);

const extensions = (area, changed) => [
  EditorView.cspNonce.of(script.nonce),
  EditorState.phrases.of(phrases),
  EditorState.tabSize.of(2),
  EditorView.lineWrapping,
  EditorView.editorAttributes.of({ class: "code" }),
  EditorView.contentAttributes.of({
    "aria-label": labelOf(area), spellcheck: "false", tabindex: "0",
  }),
  lineNumbers(), foldGutter(), lintGutter(), history(), drawSelection(), bracketMatching(),
  highlightActiveLine(), highlightSelectionMatches(), search({ top: true }), templateTags,
  LRLanguage.define({ parser: htmlParser }), syntaxHighlighting(colours),
  // Tab moves on, as everywhere on the page: nobody is caught who has no mouse.
  keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap, ...foldKeymap]),
  EditorView.updateListener.of((update) => { if (update.docChanged) changed(update.state); }),
];

const labelOf = (area) =>
  document.querySelector(`label[for="${area.id}"]`)?.firstChild.textContent.trim() ?? "";
const textOf = (area) => area.value.replaceAll("\r\n", "\n");

const enhance = (area) => {
  const changed = (state) => {
    if (state.doc.toString() === textOf(area)) return;
    area.value = state.doc.toString();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const [anchor, head] = [area.selectionStart, area.selectionEnd];
  const isBeingTypedInto = document.activeElement === area;
  const state = EditorState.create({
    doc: textOf(area), selection: { anchor, head }, extensions: extensions(area, changed),
  });
  const view = new EditorView({ state });
  area.after(view.dom);
  area.hidden = true;
  if (isBeingTypedInto) view.focus();
  document.querySelector(`label[for="${area.id}"]`)?.addEventListener("click", () => view.focus());

  // A draft that is put back writes into the field, and so does the visual editor.
  const follow = () => {
    if (textOf(area) === view.state.doc.toString()) return;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: textOf(area) } });
  };
  area.form.addEventListener("change", follow);
  area.addEventListener("input", follow);
  area.addEventListener("go-to-line", (event) => {
    event.preventDefault();
    const line = lineOf(view, event.detail);
    view.dispatch({
      selection: { anchor: line.from, head: line.to },
      effects: EditorView.scrollIntoView(line.from, { y: "center" }),
    });
    view.focus();
  });
  area.addEventListener("insert-text", (event) => {
    event.preventDefault();
    view.dispatch(view.state.replaceSelection(event.detail));
    view.focus();
  });
  const mark = () => view.dispatch(setDiagnostics(view.state, problems(view)));
  document.addEventListener("htmx:afterSettle", mark);
  mark();
};

const lineOf = (view, number) =>
  view.state.doc.line(Math.min(Math.max(number, 1), view.state.doc.lines));

// What the server has found, where it says the line.
const problems = (view) => [...document.querySelectorAll("[data-line][data-says]")].map((found) => {
  const line = lineOf(view, Number(found.dataset.line));
  return { from: line.from, to: line.to, severity: "error", message: found.dataset.says };
});

document.querySelectorAll("textarea[data-code]").forEach(enhance);
