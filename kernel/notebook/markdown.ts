/** Markdown with formulas as HTML. */
import katex from "katex";
import MarkdownIt from "markdown-it";
import { escapeMarkup } from "../display/tags";
import { highlightTypeScript } from "./highlight";

/** Formulas become MathML, which browsers draw themselves, without fonts or styles of ours. */
export function formula(tex: string, display: boolean): string {
  return katex.renderToString(tex, { displayMode: display, output: "mathml", throwOnError: false });
}

type InlineRule = MarkdownIt.ParserInline.RuleInline;

/**
 * `$$…$$` shown on its own, `$…$` in the line; a dollar before a space or a closing one before a digit is money, and one
 * after a backtick may be code.
 */
const mathRule: InlineRule = (state, silent) => {
  const rest = state.src.slice(state.pos, state.posMax);
  const match = /^\$\$([\s\S]+?)\$\$/.exec(rest) ?? /^\$(?!\s)((?:\\.|[^$\\`])+?)(?<!\s)\$(?!\d)/.exec(rest);
  if (!match) return false;
  if (!silent) {
    const token = state.push("math", "math", 0);
    token.content = match[1]!;
    token.markup = match[0].startsWith("$$") ? "$$" : "$";
  }
  state.pos += match[0].length;
  return true;
};

function createRenderer(): MarkdownIt {
  const renderer = new MarkdownIt({
    html: true,
    linkify: true,
    highlight: (code, language) =>
      /^(ts|tsx|js|jsx|typescript|javascript)$/.test(language)
        ? highlightTypeScript(code)
        : escapeMarkup(code),
  });
  renderer.inline.ruler.before("escape", "math", mathRule);
  renderer.renderer.rules.math = (tokens, index) =>
    formula(tokens[index]!.content, tokens[index]!.markup === "$$");
  return renderer;
}

let renderer: MarkdownIt | undefined;

export function markdownToHtml(markdown: string): string {
  renderer ??= createRenderer();
  return renderer.render(markdown);
}
