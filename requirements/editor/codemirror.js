// What the code editor uses of CodeMirror, in one file: `sh requirements/editor.sh` makes it.
export { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
export {
  HighlightStyle, LRLanguage, bracketMatching, foldGutter, foldKeymap, syntaxHighlighting,
} from "@codemirror/language";
export { lintGutter, setDiagnostics } from "@codemirror/lint";
export { highlightSelectionMatches, openSearchPanel, search, searchKeymap } from "@codemirror/search";
export { EditorState } from "@codemirror/state";
export {
  Decoration, EditorView, MatchDecorator, ViewPlugin, drawSelection, highlightActiveLine, keymap,
  lineNumbers,
} from "@codemirror/view";
export { parser as htmlParser } from "@lezer/html";
export { tags } from "@lezer/highlight";
