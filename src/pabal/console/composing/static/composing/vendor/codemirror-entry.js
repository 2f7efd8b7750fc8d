export { EditorView, keymap, lineNumbers, highlightActiveLine, drawSelection } from "@codemirror/view";
export { EditorState } from "@codemirror/state";
export { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
export { HighlightStyle, syntaxHighlighting, bracketMatching } from "@codemirror/language";
export { setDiagnostics, lintGutter } from "@codemirror/lint";
export { xml } from "@codemirror/lang-xml";
export { tags } from "@lezer/highlight";
