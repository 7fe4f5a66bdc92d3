/** Sealed record: an attribution with the hash of its input, the environment that made it and what was checked of it. */
import { Attribution } from "../attribution";
import { readRecord } from "../attribution/saved-record";
import { checkOptions, shown, wrongType } from "../check";
import type { MetricResult } from "../metrics/metric";
import { isPlainObject, sha256 } from "./canonical";

/** Name and version of the form. A reader of this version refuses those of later ones. */
const FORMAT = "gradlens/attribution";
const FORMAT_VERSION = 1;
/** Version of the library, as package.json says it. */
export const LIBRARY_VERSION = "0.1.0";

/** The program around a record when it was made. */
export interface RecordEnvironment {
  readonly gradlens: string;
  /** Node with its version, or "browser". */
  readonly runtime: string;
  readonly platform: string;
}

/** A check that was made of a map: a metric's values, one per example. */
export interface RecordedCheck {
  readonly metric: string;
  readonly direction: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly values: readonly (number | null)[];
}

/** A record as it is kept; plain JSON. */
export interface SealedRecord {
  readonly format: string;
  readonly version: number;
  /** What `attribution.toJSON()` gives. */
  readonly attribution: object;
  /** SHA-256 of name, shape and values of what was explained, part by part. */
  readonly inputHash: string;
  readonly environment: RecordEnvironment;
  readonly checks: readonly RecordedCheck[];
  /** Words of the one who keeps it: a case number, a purpose. */
  readonly note: string;
  /** SHA-256 of the canonical bytes of all the rest. */
  readonly hash: string;
}

/** Options of `sealRecord`. */
export interface SealOptions {
  /** Metrics of the map that are kept with it. */
  readonly checks?: readonly MetricResult[];
  readonly note?: string;
}

const FIELDS = ["format", "version", "attribution", "inputHash", "environment", "checks", "note", "hash"];

/**
 * A record for the files: the attribution, the hash of its input, the environment and the checks, under one SHA-256. The form is
 * versioned, and described by a JSON Schema (`attributionSchema`).
 *
 * ```ts
 * const record = await sealRecord(map, { checks: [await metrics.completeness(net, map)] });
 * ```
 */
export async function sealRecord(map: Attribution, options: SealOptions = {}): Promise<SealedRecord> {
  const fn = "sealRecord";
  if (!(map instanceof Attribution)) throw wrongType(fn, "an attribution", shown(map));
  checkOptions(fn, options, ["checks", "note"]);
  const { checks = [], note = "" } = options;
  if (!isList(checks) || checks.some((check) => !isList(check?.values)))
    throw wrongType(fn, "checks to be results of metrics", shown(checks));
  if (typeof note !== "string") throw wrongType(fn, "note to be a text", shown(note));
  const attribution = map.toJSON();
  const plain = {
    format: FORMAT,
    version: FORMAT_VERSION,
    attribution,
    inputHash: await inputHashOf(attribution),
    environment: environment(),
    checks: checks.map(
      ({ metric, direction, options: asked, values }): RecordedCheck => ({
        metric,
        direction,
        options: JSON.parse(JSON.stringify(asked)),
        values: values.map((value) => (value === undefined || !Number.isFinite(value) ? null : value)),
      }),
    ),
    note,
  };
  return { ...plain, hash: await sha256(plain) };
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function environment(): RecordEnvironment {
  const { process } = globalThis;
  const inNode = process?.versions?.node !== undefined;
  return {
    gradlens: LIBRARY_VERSION,
    runtime: inNode ? `node ${process.versions.node}` : "browser",
    platform: inNode ? `${process.platform} ${process.arch}` : "browser",
  };
}

/** The hash of what an attribution's JSON says went in. */
async function inputHashOf(attribution: object): Promise<string> {
  const parts: unknown = "parts" in attribution ? attribution.parts : [];
  const inputs = (Array.isArray(parts) ? parts : []).map((part: unknown) =>
    isPlainObject(part) ? [part["name"], part["input"]] : null,
  );
  return sha256(inputs);
}

/** Demands on a record beside that it is whole. */
export interface Expected {
  /** Fingerprint of the model that must have been explained. */
  readonly fingerprint?: string;
}

/** Everything that is wrong with a record, in sentences; none where nothing is. Never throws, whatever it is given. */
export async function problemsOf(record: unknown, { fingerprint }: Expected = {}): Promise<string[]> {
  if (!isPlainObject(record)) return [`no record: ${shown(record)}`];
  if (record["format"] !== FORMAT) return [`no record of gradlens: format ${shown(record["format"])}`];
  const { version } = record;
  if (typeof version !== "number" || !Number.isInteger(version) || version < 1)
    return [`no version of the form: ${shown(version)}`];
  if (version > FORMAT_VERSION)
    return [`a newer version: ${version}, and this reader knows up to ${FORMAT_VERSION}`];
  const problems: string[] = [];
  for (const name of Object.keys(record))
    if (!FIELDS.includes(name)) problems.push(`an unknown field: ${shown(name)}`);
  for (const name of FIELDS) if (!Object.hasOwn(record, name)) problems.push(`a missing field: ${name}`);
  const { hash, ...plain } = record;
  if ((await sha256(plain)) !== hash) problems.push("changed: its hash is another than that of its content");
  const { attribution } = record;
  if (!isPlainObject(attribution)) return [...problems, "no attribution in it"];
  if ((await inputHashOf(attribution)) !== record["inputHash"])
    problems.push("another input: the hash of what was explained is another than the record says");
  const found = fingerprint === undefined ? undefined : attribution["fingerprint"];
  if (found !== fingerprint)
    problems.push(`another model: fingerprint ${shown(found)}, and ${shown(fingerprint)} was expected`);
  return [...problems, ...attributionProblems(attribution)];
}

/** Whether the strict reader takes an attribution, and whether its numbers add up as they say. */
function attributionProblems(attribution: object): string[] {
  try {
    const { parts, score, baselineScore, convergenceDelta } = readRecord(attribution);
    if (!baselineScore || !convergenceDelta || parts.some(({ reduced }) => reduced && reduced.by !== "sum"))
      return [];
    return score.flatMap((whole, row) => {
      let [sum, size] = [0, 0];
      for (const { values } of parts) {
        const width = values.data.length / score.length;
        for (let i = row * width; i < (row + 1) * width; i++) {
          sum += values.data[i];
          size += Math.abs(values.data[i]);
        }
      }
      const delta = sum - (whole - baselineScore[row]);
      const scale = size + Math.abs(whole) + Math.abs(baselineScore[row]) + Math.abs(delta);
      // What is not finite was said to be so by the one who made it.
      const differs = Math.abs(delta - convergenceDelta[row]) > 1e-4 * scale;
      return differs
        ? [
            `numbers that do not add up: in example ${row} the map misses F(x) − F(x′) by ${delta.toPrecision(3)}, and it says ${convergenceDelta[row].toPrecision(3)}`,
          ]
        : [];
    });
  } catch (error) {
    return [`no attribution that can be read: ${error instanceof Error ? error.message : String(error)}`];
  }
}
