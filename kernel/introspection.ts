import type * as ts from "typescript";
import type { Compiler } from "./execution/compiler";
import type { Content } from "./protocol/message";
import { toCodePoints, toUtf16 } from "./text-positions";

/** What is known of code without running it. */

const joined = (parts: readonly ts.SymbolDisplayPart[] | undefined): string =>
  (parts ?? []).map(({ text }) => text).join("");

/** Signature and documentation; with the second level of detail also parameters, examples and other tags. */
export function describeSymbol(info: ts.QuickInfo, detailLevel: number): Content {
  const signature = joined(info.displayParts);
  const documentation = joined(info.documentation);
  const tags = detailLevel > 0 ? (info.tags ?? []) : [];
  const plainTags = tags.map(({ name, text }) => `@${name} ${joined(text)}`.trimEnd());
  const markdownTags = tags.map(({ name, text }) => {
    const body = joined(text);
    return name === "example" && !body.includes("```")
      ? `*@example*\n\n\`\`\`typescript\n${body}\n\`\`\``
      : `*@${name}* ${body}`.trimEnd();
  });
  const paragraphs = (...texts: string[]) => texts.filter((text) => text !== "").join("\n\n");
  return {
    "text/plain": paragraphs(signature, documentation, plainTags.join("\n")),
    "text/markdown": paragraphs(`\`\`\`typescript\n${signature}\n\`\`\``, documentation, ...markdownTags),
  };
}

/** What the compiler knows of the name at a position; names that nothing declares are unknown. */
function symbolAt(compiler: Compiler, code: string, position: number): ts.QuickInfo | undefined {
  // At the end of a name that is not ASCII the compiler sees none.
  const last = /[\p{L}\p{N}_$]$/u.exec(code.slice(0, position))?.[0].length ?? 0;
  const info =
    compiler.inspect(code, position) ?? (last > 0 ? compiler.inspect(code, position - last) : undefined);
  return info && joined(info.displayParts) !== "any" ? info : undefined;
}

export function completeReply(compiler: Compiler, request: Content): Content {
  const code = String(request.code ?? "");
  const cursor = toUtf16(code, Number(request.cursor_pos ?? code.length));
  const { start, end, matches } = compiler.complete(code, cursor);
  return {
    status: "ok",
    matches: matches.filter((match) => match !== ""),
    cursor_start: toCodePoints(code, start),
    cursor_end: toCodePoints(code, end),
    metadata: {},
  };
}

export function inspectReply(compiler: Compiler, request: Content): Content {
  const code = String(request.code ?? "");
  const info = symbolAt(compiler, code, toUtf16(code, Number(request.cursor_pos ?? code.length)));
  const data = info ? describeSymbol(info, Number(request.detail_level ?? 0)) : {};
  return { status: "ok", found: info !== undefined, data, metadata: {} };
}

export function isCompleteReply(compiler: Compiler, request: Content): Content {
  const code = String(request.code ?? "");
  if (pagedQuestion(code)) return { status: "complete" };
  return { ...compiler.isComplete(code) };
}

/** A cell `name?` asks what the name is, `name??` in more detail. */
export function pagedQuestion(code: string): { expression: string; detailLevel: number } | undefined {
  const match = /^\s*([\p{L}_$][\p{L}\p{N}_$]*(?:\.[\p{L}_$][\p{L}\p{N}_$]*)*)\s*(\?\??)\s*$/u.exec(code);
  return match ? { expression: match[1]!, detailLevel: match[2]!.length - 1 } : undefined;
}

/** The answer to such a cell, for the front-end's pager. */
export function pageFor(compiler: Compiler, question: { expression: string; detailLevel: number }): Content {
  const { expression, detailLevel } = question;
  const info = symbolAt(compiler, expression, expression.length);
  const data = info ? describeSymbol(info, detailLevel) : { "text/plain": `${expression}: nothing known` };
  return { source: "page", data, start: 0 };
}
