/** The look of an exported notebook, light and dark. */
export const PAGE_STYLE: string = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --ink: #1c2330; --soft: #667085; --line: #e4e7ec; --panel: #f7f8fa; --accent: #2b6cb0;
  --keyword: #9c2f8f; --string: #23733d; --number: #a04a00; --type: #1f6391; --call: #3949a3; --comment: #7a8494;
  --red: #b42318; --green: #23733d; --yellow: #8a5a00; --blue: #2b5db5; --magenta: #9c2f8f; --cyan: #0e7180;
  --error: #fff4f2; --warning: #fffaeb;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12161d; --ink: #e3e7ee; --soft: #98a2b3; --line: #2b323e; --panel: #1a202a; --accent: #7fb4e6;
    --keyword: #d79be0; --string: #93d19f; --number: #eeb07a; --type: #8cc6ee; --call: #a9b8ff; --comment: #8791a1;
    --red: #ff9a8f; --green: #93d19f; --yellow: #f0cb79; --blue: #9cc2ff; --magenta: #e0a6e8; --cyan: #84d3de;
    --error: #2b1a1b; --warning: #2a2415;
  }
}
@media (prefers-color-scheme: dark) {
  .updatemenu-item-rect { fill: #2a2f36 !important; stroke: #666666 !important; }
  .updatemenu-item-rect[style*="244, 250, 255"] { fill: #4a5565 !important; }
  .updatemenu-item-text { fill: #e8e8e8 !important; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.65 system-ui, "Segoe UI", sans-serif; }
main { max-width: 880px; margin: 0 auto; padding: 3rem 1.25rem 5rem; }
h1, h2, h3, h4 { line-height: 1.25; margin: 2.2em 0 0.6em; }
h1 { font-size: 2.1rem; margin-top: 0; letter-spacing: -0.01em; }
h2 { font-size: 1.45rem; padding-bottom: 0.3em; border-bottom: 1px solid var(--line); }
h3 { font-size: 1.15rem; }
a { color: var(--accent); }
img, svg { max-width: 100%; }
blockquote { margin: 1em 0; padding: 0.1em 1.1em; border-left: 3px solid var(--accent); color: var(--soft); }
code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 0.875em; }
:not(pre) > code { background: var(--panel); border: 1px solid var(--line); border-radius: 4px; padding: 0.08em 0.35em; }
pre { margin: 0; overflow-x: auto; line-height: 1.5; }
.markdown pre { background: var(--panel); border-radius: 8px; padding: 0.8em 1em; }
table { border-collapse: collapse; margin: 1em 0; display: block; overflow-x: auto; }
th, td { padding: 0.35em 0.8em; border-bottom: 1px solid var(--line); text-align: left; }
.cell { margin: 1.3rem 0; }
.source { position: relative; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 0.8em 1em; }
.count { position: absolute; right: 100%; top: 0.95em; padding-right: 0.9em; color: var(--soft); font-size: 0.75em; white-space: nowrap; }
.output { margin: 0.7rem 0 0; overflow-x: auto; }
.output > pre { padding: 0.1em 1em; white-space: pre-wrap; overflow-wrap: anywhere; }
.stderr { background: var(--warning); border-radius: 8px; padding: 0.5em 0; }
.error { background: var(--error); border-left: 3px solid var(--red); border-radius: 0 8px 8px 0; padding: 0.6em 0; }
.error > pre { white-space: pre; overflow-wrap: normal; }
.figure { width: 100%; }
.code-keyword { color: var(--keyword); } .code-string { color: var(--string); } .code-number { color: var(--number); }
.code-type { color: var(--type); } .code-call { color: var(--call); } .code-comment { color: var(--comment); font-style: italic; }
.ansi-bold { font-weight: 650; } .ansi-dim { opacity: 0.72; }
.ansi-red { color: var(--red); } .ansi-green { color: var(--green); } .ansi-yellow { color: var(--yellow); }
.ansi-blue { color: var(--blue); } .ansi-magenta { color: var(--magenta); } .ansi-cyan { color: var(--cyan); }
@media (max-width: 1060px) { .count { display: none; } }
@media print { main { max-width: none; padding: 0; } .cell { break-inside: avoid; } }
`;
