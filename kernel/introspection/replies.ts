/** Facts about code that are known without running it. */
import type * as ts from "typescript";
import type { Compiler } from "../execution/compiler";
import type { CallHelp, Completion } from "../execution/language-service";
import type { Content } from "../protocol/message";
import { toCodePoints, toUtf16 } from "../text-positions";
import { kindOf } from "./completion-kinds";
import { layerNames } from "./layer-names";

const joined = (parts: readonly ts.SymbolDisplayPart[] | undefined): string =>
  (parts ?? []).map(({ text }) => text).join("");

/** A text in both forms that front-ends take. */
interface Described {
  plain: string[];
  markdown: string[];
}

function bundleOf(...parts: (Described | undefined)[]): Content {
  const join = (form: keyof Described) =>
    parts
      .flatMap((part) => part?.[form] ?? [])
      .filter((text) => text !== "")
      .join("\n\n");
  return { "text/plain": join("plain"), "text/markdown": join("markdown") };
}

const asCode = (text: string): string => `\`\`\`typescript\n${text}\n\`\`\``;

/** Parameters, examples and the like, on the second level of detail. */
function describeTags(tags: readonly ts.JSDocTagInfo[] | undefined, detailLevel: number): Described {
  const shown = detailLevel > 0 ? (tags ?? []) : [];
  const plain = shown.map(({ name, text }) => `@${name} ${joined(text)}`.trimEnd()).join("\n");
  const markdown = shown.map(({ name, text }) => {
    const body = joined(text);
    return name === "example" && !body.includes("```")
      ? `*@example*\n\n${asCode(body)}`
      : `*@${name}* ${body}`.trimEnd();
  });
  return { plain: [plain], markdown };
}

/** Signature and documentation of a name. */
function describeSymbol(
  { displayParts, tags }: ts.QuickInfo,
  documentation: string,
  detailLevel: number,
): Described {
  const signature = joined(displayParts);
  const more = describeTags(tags, detailLevel);
  return {
    plain: [signature, documentation, ...more.plain],
    markdown: [asCode(signature), documentation, ...more.markdown],
  };
}

/** The signatures of a call, with the parameter that is written. */
function describeCall(help: CallHelp, detailLevel: number): Described {
  const { signatures, documentation, parameter, tags } = help;
  const more = describeTags(tags, detailLevel);
  const about = parameter?.documentation ?? "";
  const plain = about === "" ? "" : `${parameter!.name}: ${about}`;
  const markdown = about === "" ? "" : `\`${parameter!.name}\`: ${about}`;
  const text = signatures.join("\n");
  return {
    plain: [text, documentation, plain, ...more.plain],
    markdown: [asCode(text), documentation, markdown, ...more.markdown],
  };
}

/** The compiler's symbol of the name at a position; names that nothing declares are unknown. */
function symbolAt(
  compiler: Compiler,
  code: string,
  position: number,
  detailLevel: number,
): Described | undefined {
  // At the end of a name that is not ASCII the compiler sees none.
  const last = /[\p{L}\p{N}_$]$/u.exec(code.slice(0, position))?.[0].length ?? 0;
  for (const place of last > 0 ? [position, position - last] : [position]) {
    const info = compiler.inspect(code, place);
    if (!info) continue;
    if (joined(info.displayParts) === "any") return undefined;
    const documentation = joined(info.documentation) || compiler.documentationAt(code, place);
    return describeSymbol(info, documentation, detailLevel);
  }
  return undefined;
}

/** Names of layers come from the values that cells hold, everything else from the compiler. */
function completion(compiler: Compiler, variables: Variables, code: string, cursor: number): Completion {
  const string = compiler.stringAt(code, cursor);
  const names = string && layerNames(compiler.typescript, string.literal, variables);
  if (!string || !names) return compiler.complete(code, cursor);
  const typed = code.slice(string.start, cursor);
  const items = names
    .filter((name) => name.startsWith(typed))
    .map((text) => ({ text, kind: "layer" as const }));
  return { start: string.start, end: Math.max(cursor, string.end), items };
}

type Variables = Readonly<Record<string, unknown>>;

export function completeReply(
  compiler: Compiler,
  { variables }: { variables: Variables },
  request: Content,
): Content {
  const code = String(request.code ?? "");
  const cursor = toUtf16(code, Number(request.cursor_pos ?? code.length));
  const { start, end, items } = completion(compiler, variables, code, cursor);
  const place = { start: toCodePoints(code, start), end: toCodePoints(code, end) };
  const types = items.map((item) => ({
    ...place,
    text: item.text,
    type: kindOf(item),
    signature: item.type ?? "",
    documentation: item.documentation ?? "",
  }));
  return {
    status: "ok",
    matches: items.map(({ text }) => text),
    cursor_start: place.start,
    cursor_end: place.end,
    metadata: { _jupyter_types_experimental: types },
  };
}

/** Of the name at the cursor and, inside the parentheses of a call, of the call. */
export function inspectReply(compiler: Compiler, request: Content): Content {
  const code = String(request.code ?? "");
  const cursor = toUtf16(code, Number(request.cursor_pos ?? code.length));
  const detailLevel = Number(request.detail_level ?? 0);
  const symbol = symbolAt(compiler, code, cursor, detailLevel);
  const help = compiler.callAt(code, cursor);
  const call = help && describeCall(help, detailLevel);
  const found = symbol !== undefined || call !== undefined;
  return { status: "ok", found, data: found ? bundleOf(symbol, call) : {}, metadata: {} };
}

export function isCompleteReply(compiler: Compiler, request: Content): Content {
  const code = String(request.code ?? "");
  if (pagedQuestion(code) || /^\s*[!%]\s*[\w./~%]/.test(code.trimEnd().split("\n").at(-1)!))
    return { status: "complete" };
  return { ...compiler.isComplete(code) };
}

/** A cell `name?` or `?name` asks what the name is, with two question marks in more detail. */
export function pagedQuestion(code: string): { expression: string; detailLevel: number } | undefined {
  const name = "([\\p{L}_$][\\p{L}\\p{N}_$]*(?:\\.[\\p{L}_$][\\p{L}\\p{N}_$]*)*)";
  const behind = new RegExp(`^\\s*${name}\\s*(\\?\\??)\\s*$`, "u").exec(code);
  if (behind) return { expression: behind[1]!, detailLevel: behind[2]!.length - 1 };
  const ahead = new RegExp(`^\\s*(\\?\\??)\\s*${name}\\s*;?\\s*$`, "u").exec(code);
  return ahead ? { expression: ahead[2]!, detailLevel: ahead[1]!.length - 1 } : undefined;
}

const SHIFT_TAB = "Shift+Tab at a name in code shows this too.";
const IN_CODE: Described = { plain: [SHIFT_TAB], markdown: [SHIFT_TAB] };

/** The answer to such a cell, for the front-end's pager. */
export function pageFor(compiler: Compiler, question: { expression: string; detailLevel: number }): Content {
  const { expression, detailLevel } = question;
  const found = symbolAt(compiler, expression, expression.length, detailLevel);
  const unknown = `${expression}: nothing known; Tab completes the names there are.`;
  const data = found ? bundleOf(found, IN_CODE) : { "text/plain": unknown };
  return { source: "page", data, start: 0 };
}
