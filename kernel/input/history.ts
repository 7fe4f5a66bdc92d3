/** Cells that ran, as front-ends ask for them. */
import { appendFileSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Content } from "../protocol/message";

/** One cell that ran, with the number of its kernel session and its execution count. */
export interface HistoryEntry {
  session: number;
  line: number;
  code: string;
}

export interface HistoryLimits {
  /** Entries kept when the file is shortened. */
  entries: number;
  /** Longest file, in bytes, before it is shortened. */
  bytes: number;
}

const LIMITS: HistoryLimits = { entries: 5000, bytes: 4 << 20 };
/** A longer cell is remembered only as long as the kernel lives. */
const MAX_STORED_CHARACTERS = 1 << 16;
const DEFAULT_COUNT = 10;

function isEntry(value: unknown): value is HistoryEntry {
  const entry = value as Partial<HistoryEntry> | null;
  return typeof entry?.code === "string" && Number.isInteger(entry.session) && Number.isInteger(entry.line);
}

/** `*` and `?` as in file names. */
function globPattern(pattern: string): RegExp {
  const escaped = pattern.replace(/[\\^$.|+()[\]{}]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", "[^]*").replaceAll("?", "[^]")}$`);
}

/**
 * The cells of this user, one JSON line each in a file that all kernels add to; the oldest go when it gets long. A
 * history that cannot be read or written is no reason to stop anyone: it is kept in memory then.
 */
export class History {
  #entries: HistoryEntry[] | undefined;
  #session = 1;

  /** `file`: undefined keeps nothing on disk. */
  readonly #file: string | undefined;
  readonly #limits: HistoryLimits;

  constructor(file: string | undefined, limits: HistoryLimits = LIMITS) {
    this.#file = file;
    this.#limits = limits;
  }

  record(line: number, code: string): void {
    const entries = this.#load();
    const entry: HistoryEntry = { session: this.#session, line, code };
    entries.push(entry);
    if (this.#file === undefined || code.length > MAX_STORED_CHARACTERS) return;
    try {
      mkdirSync(path.dirname(this.#file), { recursive: true, mode: 0o700 });
      appendFileSync(this.#file, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
    } catch {}
  }

  /** The content of a history_reply. */
  answer(request: Content): Content {
    const found = this.#find(request);
    const history = found.map(({ session, line, code }) => [
      session,
      line,
      request.output === true ? [code, null] : code,
    ]);
    return { status: "ok", history };
  }

  #find(request: Content): HistoryEntry[] {
    const entries = this.#load();
    const count = typeof request.n === "number" && request.n >= 0 ? Math.floor(request.n) : undefined;
    if (request.hist_access_type === "range") {
      const asked = typeof request.session === "number" ? request.session : 0;
      // Zero is this session, negative numbers are those before it.
      const session = asked > 0 ? asked : this.#session + asked;
      const start = typeof request.start === "number" ? request.start : 1;
      const stop = typeof request.stop === "number" ? request.stop : Number.POSITIVE_INFINITY;
      return entries.filter((entry) => entry.session === session && entry.line >= start && entry.line < stop);
    }
    if (request.hist_access_type === "search") {
      const pattern = globPattern(typeof request.pattern === "string" ? request.pattern : "*");
      const matching = entries.filter(({ code }) => pattern.test(code));
      const found =
        request.unique === true
          ? [...new Map(matching.map((entry) => [entry.code, entry])).values()]
          : matching;
      return count === undefined ? found : found.slice(found.length - Math.min(count, found.length));
    }
    return entries.slice(Math.max(0, entries.length - (count ?? DEFAULT_COUNT)));
  }

  #load(): HistoryEntry[] {
    if (this.#entries) return this.#entries;
    const entries = this.#file === undefined ? [] : readEntries(this.#file);
    this.#entries = entries;
    this.#session = entries.reduce((largest, { session }) => Math.max(largest, session), 0) + 1;
    this.#shorten(entries);
    return entries;
  }

  #shorten(entries: HistoryEntry[]): void {
    if (this.#file === undefined) return;
    try {
      if (entries.length <= 2 * this.#limits.entries && statSync(this.#file).size <= this.#limits.bytes)
        return;
      entries.splice(0, entries.length - this.#limits.entries);
      const shorter = `${this.#file}.${process.pid}`;
      writeFileSync(shorter, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""), { mode: 0o600 });
      renameSync(shorter, this.#file);
    } catch {}
  }
}

function readEntries(file: string): HistoryEntry[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return [];
  }
  return text.split("\n").flatMap((line) => {
    try {
      const entry: unknown = JSON.parse(line);
      return isEntry(entry) ? [entry] : [];
    } catch {
      // A line that was cut short.
      return [];
    }
  });
}
