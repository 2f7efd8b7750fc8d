// The source of a template in an editor that colours it and marks what is wrong. The textarea stays
// the form's field; without this script it is the editor.
"use strict";

(() => {
  const area = document.getElementById("id_body");
  const place = document.getElementById("editor");
  const form = document.getElementById("source");
  const { EditorView, EditorState, HighlightStyle, tags } = CodeMirror;

  const colours = HighlightStyle.define([
    { tag: [tags.tagName, tags.angleBracket], color: "var(--accent)" },
    { tag: tags.attributeName, color: "var(--busy)" },
    { tag: tags.attributeValue, color: "var(--warn)" },
    { tag: tags.comment, color: "var(--soft)", fontStyle: "italic" },
  ]);
  const looks = EditorView.theme({
    "&": { fontSize: "0.85rem", height: "min(34rem, 62vh)", color: "var(--ink)",
      border: "1px solid var(--line-strong)", borderRadius: "8px", background: "var(--surface)" },
    "&.cm-focused": { outline: "3px solid var(--accent)", outlineOffset: "2px" },
    ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55" },
    ".cm-content": { caretColor: "var(--ink)" },
    ".cm-cursor": { borderLeftColor: "var(--ink)" },
    ".cm-gutters": { background: "var(--plain-soft)", color: "var(--plain)", border: "0" },
    // Its own marks are pictures in data: addresses, which the policy keeps out.
    ".cm-lint-marker-error": { content: "normal", color: "var(--bad)", fontWeight: "700", textAlign: "center" },
    ".cm-lint-marker-error::before": { content: '"!"' },
    ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--bad)" },
    ".cm-tooltip": { background: "var(--surface)", color: "var(--ink)" },
  });
  const typed = (update) => {
    if (!update.docChanged || area.value === update.state.doc.toString()) return;
    area.value = update.state.doc.toString();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  };

  // In a shadow root the editor's styles are constructed sheets, which need no leave of the policy.
  const root = place.attachShadow({ mode: "open" });
  const view = new EditorView({
    parent: root,
    root,
    state: EditorState.create({
      doc: area.value,
      extensions: [
        CodeMirror.lineNumbers(), CodeMirror.lintGutter(), CodeMirror.history(),
        CodeMirror.bracketMatching(), CodeMirror.xml(), CodeMirror.syntaxHighlighting(colours),
        CodeMirror.keymap.of([...CodeMirror.defaultKeymap, ...CodeMirror.historyKeymap]),
        EditorView.lineWrapping, looks, EditorView.updateListener.of(typed),
        EditorView.contentAttributes.of({
          tabindex: "0",
          "aria-label": document.getElementById("source-label").textContent,
        }),
      ],
    }),
  });
  form.classList.add("has-editor");
  document.getElementById("source-label").addEventListener("click", () => view.focus());

  const take = () => {
    const text = view.state.doc.toString();
    if (area.value !== text) view.dispatch({ changes: { from: 0, to: text.length, insert: area.value } });
  };
  const line = (number) => view.state.doc.line(Math.min(Math.max(number, 1), view.state.doc.lines));
  const goTo = (number) => {
    const effects = EditorView.scrollIntoView(line(number).from, { y: "center" });
    view.dispatch({ selection: { anchor: line(number).from }, effects });
    view.focus();
  };
  const mark = () => {
    const trouble = document.querySelector("#look [data-trouble]");
    const found = trouble && line(Number(trouble.dataset.trouble));
    const marks = found ? [{ from: found.from, to: found.to, severity: "error",
      message: trouble.querySelector("strong").textContent }] : [];
    view.dispatch(CodeMirror.setDiagnostics(view.state, marks));
  };
  const show = () => {
    mark();
    if (document.querySelector("#look iframe")) form.requestSubmit(document.getElementById("show-mail"));
  };

  form.addEventListener("change", take);
  document.body.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "look") show();
  });
  document.getElementById("as").addEventListener("change", () => form.dispatchEvent(new Event("change")));
  document.addEventListener("click", (event) => {
    const jump = event.target.closest("[data-line]");
    if (jump) goTo(Number(jump.dataset.line));
    const chosen = event.target.closest("[data-insert]");
    if (!chosen) return;
    view.dispatch(view.state.replaceSelection(chosen.dataset.insert));
    chosen.closest("details").open = false;
    view.focus();
  });
  if (document.querySelector("#look iframe[src]")) mark();
  else show();
})();
