/** Log of records: a line per record, each with the hash of the line before, so that none can be changed or taken out unseen. */
import { failure, shown, wrongType } from "../check";
import { nodeModule } from "../platform/node-modules";
import { canonicalText, isPlainObject, sha256 } from "./canonical";
import { type Expected, problemsOf, type SealedRecord } from "./sealed-record";

/** What the first line has in place of a hash before it. */
const START = "0".repeat(64);

/** A line of a log. */
export interface LogEntry {
  /** Number of the line, from 0. */
  readonly index: number;
  /** Hash of the line before. */
  readonly previous: string;
  readonly record: SealedRecord;
  /** SHA-256 of the canonical bytes of all the rest. */
  readonly hash: string;
}

/**
 * Adds a record to a log, a file of one JSON line per record; makes the file where there is none. Nothing that was written is changed.
 * @returns the entry; whoever keeps its hash elsewhere can tell later that the log was not cut off (`gradlens verify --last HASH`).
 * @throws Error when the log's last line is none, or does not follow from the one before.
 */
export async function appendRecord(path: string | URL, record: SealedRecord): Promise<LogEntry> {
  const fn = "appendRecord";
  const files = nodeModule(fn, "node:fs/promises");
  const problems = await problemsOf(record);
  if (problems.length > 0) throw wrongType(fn, "a sealed record", problems[0]);
  const text = await files.readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  const lines = linesOf(text);
  const last = lines.length === 0 ? undefined : parsed(lines[lines.length - 1]);
  if (lines.length > 0 && !(await isEntry(last, lines.length - 1)))
    throw failure(fn, "a log whose last line is whole", `${shown(String(path))}; gradlens verify says more`);
  if (text !== "" && !text.endsWith("\n"))
    throw failure(fn, "a log that ends with a whole line", `${shown(String(path))}, which was cut off`);
  const plain = { index: lines.length, previous: last?.["hash"] ?? START, record };
  const entry = { ...plain, previous: String(plain.previous), hash: await sha256(plain) };
  await files.appendFile(path, `${canonicalText(entry)}\n`);
  return entry;
}

/** Result of reading a log. */
export interface LogFindings {
  readonly records: number;
  /** Hash of the last line. */
  readonly last: string | undefined;
  readonly problems: readonly string[];
}

/** Everything that is wrong with a log, line by line. Never throws. */
export async function logProblems(
  text: string,
  expected: Expected & { last?: string } = {},
): Promise<LogFindings> {
  const problems: string[] = [];
  if (text !== "" && !text.endsWith("\n")) problems.push("cut off: its last line does not end");
  let previous = START;
  const lines = linesOf(text);
  for (const [index, line] of lines.entries()) {
    const said = (what: string): void => {
      problems.push(`line ${index + 1}: ${what}`);
    };
    const entry = parsed(line);
    if (entry === undefined) {
      said("no JSON, or cut off");
      previous = "";
      continue;
    }
    const { hash, ...plain } = entry;
    if (entry["index"] !== index)
      said(
        `number ${shown(entry["index"])}, and ${index} was expected: lines were taken out, added or moved`,
      );
    if (entry["previous"] !== previous) said("does not follow from the line before it");
    if ((await sha256(plain)) !== hash) said("changed: its hash is another than that of its content");
    for (const problem of await problemsOf(entry["record"], expected)) said(problem);
    previous = String(hash);
  }
  if (expected.last !== undefined && previous !== expected.last)
    problems.push("cut off or continued: the hash of its last line is not the one that was kept");
  return { records: lines.length, last: lines.length === 0 ? undefined : previous, problems };
}

function linesOf(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isPlainObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

async function isEntry(entry: Record<string, unknown> | undefined, index: number): Promise<boolean> {
  if (entry === undefined || entry["index"] !== index) return false;
  const { hash, ...plain } = entry;
  return (await sha256(plain)) === hash;
}
