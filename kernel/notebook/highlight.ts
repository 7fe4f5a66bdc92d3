/** TypeScript as HTML in colours. */
import { escapeMarkup } from "../display/tags";

const KEYWORDS = new Set(
  (
    "abstract as asserts async await break case catch class const continue debugger declare default delete do else enum " +
    "export extends false finally for from function get if implements import in infer instanceof interface is keyof let " +
    "namespace new null of private protected public readonly return satisfies set static super switch this throw true " +
    "try type typeof undefined var void while with yield"
  ).split(" "),
);
const TYPES = new Set("any bigint boolean never number object string symbol unknown".split(" "));

const TOKEN = new RegExp(
  [
    String.raw`(?<comment>\/\/[^\n]*|\/\*[\s\S]*?\*\/)`,
    String.raw`(?<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\x60(?:\\.|[^\x60\\])*\x60)`,
    String.raw`(?<number>\b(?:0[xob][\da-f_]+|\d[\d_]*(?:\.[\d_]*)?(?:e[+-]?\d+)?)n?\b)`,
    String.raw`(?<call>[A-Za-z_$][\w$]*(?=\())`,
    String.raw`(?<word>[A-Za-z_$][\w$]*)`,
  ].join("|"),
  "gi",
);

function kindOf(groups: Record<string, string | undefined>, text: string): string | undefined {
  if (groups.comment !== undefined) return "comment";
  if (groups.string !== undefined) return "string";
  if (groups.number !== undefined) return "number";
  if (KEYWORDS.has(text)) return "keyword";
  if (TYPES.has(text) || /^[A-Z]/.test(text)) return "type";
  return groups.call !== undefined ? "call" : undefined;
}

/** TypeScript as HTML with spans of class `code-…`. */
export function highlightTypeScript(code: string): string {
  let html = "";
  let end = 0;
  for (const match of code.matchAll(TOKEN)) {
    const [text] = match;
    const kind = kindOf(match.groups ?? {}, text);
    html += escapeMarkup(code.slice(end, match.index));
    html += kind ? `<span class="code-${kind}">${escapeMarkup(text)}</span>` : escapeMarkup(text);
    end = match.index + text.length;
  }
  return html + escapeMarkup(code.slice(end));
}
