/** Errors as a notebook shows them: the cell's own lines, without frames of the kernel. */
import path from "node:path";
import { inspect } from "node:util";
import { withBuiltIns } from "../isolation/built-ins";
import { packageRoot } from "../package-root";
import { isInterrupt, OutOfMemoryError } from "./interrupt";
import type { PositionMap } from "./positions";
import { plainNames } from "./scope";

export interface CellDiagnostic {
  code: number;
  message: string;
  /** A file beside the notebook; undefined for the cell. */
  file: string | undefined;
  line: number;
  column: number;
  length: number;
}

/** The compiler refused the cell. */
export class CellTypeError extends Error {
  constructor(
    readonly diagnostics: readonly CellDiagnostic[],
    readonly source: string,
  ) {
    super(diagnostics[0]?.message ?? "");
    this.name = "TypeScriptError";
  }
}

export interface ErrorContent {
  ename: string;
  evalue: string;
  traceback: string[];
  [key: string]: unknown;
}

/** Code whose positions are known in what the user wrote. */
interface Origin {
  /** The name to show. */
  name: string;
  /** The text, where it can be quoted. */
  source: string | undefined;
  positions: PositionMap;
}

const red = (text: string) => `\x1b[31m${text}\x1b[39m`;
const bold = (text: string) => `\x1b[1m${text}\x1b[22m`;
const dim = (text: string) => `\x1b[2m${text}\x1b[22m`;

const CELL_POSITION = /(cell \[[^\]]*\]):(\d+):(\d+)/;
/** The kernel's code and the library's: an error points at the cell that called them. */
const OWN_FOLDER = path.join(packageRoot, "dist") + path.sep;
const CONTEXT_LINES = 2;
/** Errors told in one description, with their causes and parts. */
const DESCRIBED_AT_MOST = 30;

/** Number of errors a description may still tell, and whether it says that it leaves some out. */
interface Budget {
  left: number;
  cut?: boolean;
}

/** Knows the cells that ran, and writes stack traces and errors in their coordinates. */
export class ErrorReporter {
  /** By the name under which the code runs. */
  readonly #origins: Map<string, Origin> = new Map();

  /** `look`: runs what asks a cell's error about itself, so that an interrupt stops it. */
  readonly #look: <T>(code: () => T) => T;

  constructor(look: <T>(code: () => T) => T = (code) => code()) {
    this.#look = look;
  }

  registerCell(name: string, source: string, positions: PositionMap): void {
    this.#origins.set(name, { name, source, positions });
  }

  registerFile(file: string, name: string, positions: PositionMap): void {
    this.#origins.set(file, { name, source: undefined, positions });
  }

  /** From now on `error.stack` of every error is in cell coordinates. */
  install(): void {
    Error.prepareStackTrace = (error, frames) => withBuiltIns("kernel", () => this.#stackOf(error, frames));
  }

  #stackOf(error: Error, frames: readonly NodeJS.CallSite[]): string {
    const shown = frames.filter((frame) => !isOwnFrame(frame));
    // Nothing but frames of ours: then the error is ours as well.
    const lines = (shown.length > 0 ? shown : frames).map((frame) => `    at ${this.#inSource(frame)}`);
    return [headline(error), ...lines].join("\n");
  }

  #inSource(frame: NodeJS.CallSite): string {
    const text = String(frame);
    const code = frame.getFileName() ?? "";
    const generated = { line: frame.getLineNumber() ?? 0, column: frame.getColumnNumber() ?? 0 };
    const origin = this.#origins.get(code);
    const position = origin?.positions.original(generated);
    if (!origin || !position) return text;
    const place = `${code}:${generated.line}:${generated.column}`;
    return text.replace(place, () => `${origin.name}:${position.line}:${position.column}`);
  }

  /** Never throws, whatever was thrown. */
  describe(error: unknown): ErrorContent {
    const told = () => this.#describeWithin(error, [], { left: DESCRIBED_AT_MOST });
    try {
      // These are the kernel's own: nothing in them may never end, and a second interrupt must not take their place.
      return isInterrupt(error) || OutOfMemoryError.is(error) ? told() : this.#look(told);
    } catch {
      return thrown(`a value of type ${typeof error} that cannot be shown`);
    }
  }

  /** `above`: the errors that this one is a cause or a part of. */
  #describeWithin(error: unknown, above: readonly unknown[], budget: Budget): ErrorContent {
    budget.left--;
    if (error instanceof CellTypeError) return describeDiagnostics(error);
    if (isInterrupt(error)) {
      const text = "execution interrupted";
      return { ename: "InterruptError", evalue: text, traceback: [`${red("InterruptError")}: ${text}`] };
    }
    if (!(error instanceof Error) && !isErrorLike(error)) return thrown(asText(error));
    const stack = read(error, "stack");
    const lines = (typeof stack === "string" ? stack : headline(error)).split("\n");
    const firstFrame = lines.findIndex((line) => /^\s+at /.test(line));
    const head = firstFrame < 0 ? lines : lines.slice(0, firstFrame);
    const frames = firstFrame < 0 ? [] : lines.slice(firstFrame);
    const fields = ownFields(error);
    const traceback = [
      red(head.join("\n")),
      ...frames.map((frame) => dim(frame)),
      ...(fields === undefined ? [] : [fields]),
      ...this.#excerpt(frames),
    ];
    const within = [...above, error];
    const cause = read(error, "cause");
    if (cause !== undefined) traceback.push(...this.#describePart("caused by:", cause, within, budget));
    const parts = error instanceof AggregateError ? read(error, "errors") : undefined;
    for (const part of Array.isArray(parts) ? parts.slice(0, DESCRIBED_AT_MOST + 1) : [])
      traceback.push(...this.#describePart("one of:", part, within, budget));
    const message = read(error, "message");
    return {
      ename: asText(read(error, "name") || "Error"),
      evalue: message === undefined ? "" : plainNames(asText(message)),
      traceback,
    };
  }

  #describePart(title: string, part: unknown, above: readonly unknown[], budget: Budget): string[] {
    if (above.includes(part)) return ["", bold(title), dim("[circular] an error above")];
    if (budget.left > 0) return ["", bold(title), ...this.#describeWithin(part, above, budget).traceback];
    if (budget.cut) return [];
    budget.cut = true;
    return ["", dim("… and more errors")];
  }

  /** The lines around the innermost frame that is in a cell. */
  #excerpt(frames: readonly string[]): string[] {
    for (const frame of frames) {
      const match = CELL_POSITION.exec(frame);
      const source = match ? this.#origins.get(match[1]!)?.source : undefined;
      if (match && source !== undefined)
        return [
          "",
          bold(`${match[1]}, line ${match[2]}`),
          ...sourceLines(source, Number(match[2]), Number(match[3]), 1),
        ];
    }
    return [];
  }
}

function isErrorLike(error: unknown): error is Error {
  return typeof error === "object" && error !== null && "message" in error && "stack" in error;
}

/** A property that may be a getter which throws. */
function read(error: object, property: string): unknown {
  try {
    return (error as Record<string, unknown>)[property];
  } catch {
    return undefined;
  }
}

const SHOWN_ELSEWHERE: ReadonlySet<string> = new Set(["name", "message", "stack", "cause", "errors"]);

/** Other fields that an error carries (`code`, `status` …), as Node.js shows them. */
function ownFields(error: object): string | undefined {
  const names = Object.keys(error).filter((name) => !SHOWN_ELSEWHERE.has(name));
  if (names.length === 0) return undefined;
  const fields = Object.fromEntries(names.map((name) => [name, read(error, name)]));
  try {
    return inspect(fields, { depth: 1, maxArrayLength: 10, maxStringLength: 200 });
  } catch {
    // A field's own way of being shown throws.
    return undefined;
  }
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : inspect(value);
}

function thrown(evalue: string): ErrorContent {
  return { ename: "Thrown", evalue, traceback: [`${red("Thrown")}: ${evalue}`] };
}

function headline(error: unknown): string {
  try {
    return plainNames(Error.prototype.toString.call(error));
  } catch {
    return "Error";
  }
}

function isOwnFrame(frame: NodeJS.CallSite): boolean {
  const file = frame.getFileName() ?? "";
  return (
    file.startsWith(OWN_FOLDER) ||
    file === "node:vm" ||
    file.startsWith("node:internal/") ||
    file === "gradlens:run"
  );
}

/** A line of source with its neighbours, its number marked and a caret under the column. */
function sourceLines(source: string, line: number, column: number, length: number): string[] {
  const lines = source.split("\n");
  const from = Math.max(1, line - CONTEXT_LINES);
  const to = Math.min(lines.length, line + CONTEXT_LINES);
  const width = String(to).length;
  const shown: string[] = [];
  for (let number = from; number <= to; number++) {
    const gutter = `${number === line ? ">" : " "} ${String(number).padStart(width)} | `;
    const text = lines[number - 1] ?? "";
    shown.push(number === line ? `${red(gutter)}${text}` : `${dim(gutter)}${text}`);
    if (number !== line) continue;
    const indent = text.slice(0, column - 1).replace(/[^\t]/g, " ");
    const marks = Math.max(1, Math.min(length, text.length - column + 1));
    shown.push(`${dim(`${" ".repeat(width + 3)}| `)}${indent}${red((length > 1 ? "~" : "^").repeat(marks))}`);
  }
  return shown;
}

function describeDiagnostics(error: CellTypeError): ErrorContent {
  const [first] = error.diagnostics;
  const traceback: string[] = [];
  for (const [index, found] of error.diagnostics.entries()) {
    const previous = error.diagnostics[index - 1];
    const following = error.diagnostics[index + 1];
    // The compiler's explanation of an error comes as further errors at the same place.
    const explains = previous !== undefined && samePlace(previous, found);
    const place = `${found.file ?? "cell"}:${found.line}:${found.column}`;
    traceback.push(
      explains
        ? `  ${found.message}`
        : `${place} - ${red("error")} ${dim(`TS${found.code}`)}: ${found.message}`,
    );
    const explained = following !== undefined && samePlace(found, following);
    if (found.file === undefined && !explained)
      traceback.push(...sourceLines(error.source, found.line, found.column, found.length));
  }
  const evalue = first ? `TS${first.code}: ${first.message} (line ${first.line})` : error.message;
  return { ename: "TypeScriptError", evalue, traceback };
}

function samePlace(a: CellDiagnostic, b: CellDiagnostic): boolean {
  return a.line === b.line && a.column === b.column && a.length === b.length;
}
