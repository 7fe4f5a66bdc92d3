/** The record as JSON: written without rounding, and read strictly, so that nothing in it was changed or cut off. */
import { shown, unknownName, wrongType } from "../check";
import { fingerprint } from "../model/fingerprint";
import { type NdArray, sizeOf } from "../tensor";
import type { AttributionPart, AttributionPath, AttributionRecord } from "./attribution-record";

const READER = "Attribution.fromJSON";

/** Plain JSON of a record: arrays as base64 of their 32-bit floats, and a checksum of all of it. */
export function savedRecord(record: AttributionRecord): object {
  const plain = JSON.parse(
    JSON.stringify({ ...record }, (_, value) => (isNdArray(value) ? packed(value) : packedNumber(value))),
  ) as object;
  return { ...plain, checksum: checksumOf(plain) };
}

/**
 * The record that `savedRecord` gave.
 * @throws TypeError naming what is missing, unknown, of another kind or of another length, or saying that it was changed.
 */
export function readRecord(json: object | string): AttributionRecord {
  const value = parsed(json);
  if (!isObject(value) || typeof value["method"] !== "string")
    throw wrongType(READER, "what an attribution's toJSON() gave", shown(value));
  const { checksum, ...plain } = value;
  const record: Record<string, unknown> = JSON.parse(JSON.stringify(plain), (_, entry) => unpacked(entry));
  checkFields("", record, FIELDS);
  checkLengths(record as unknown as AttributionRecord);
  if (checksum !== checksumOf(plain))
    throw wrongType(
      READER,
      "a record as it was saved",
      checksum === undefined ? "one without its checksum" : "one that was changed",
    );
  return record as unknown as AttributionRecord;
}

function parsed(json: object | string): unknown {
  if (typeof json !== "string") return json;
  try {
    return JSON.parse(json);
  } catch {
    throw wrongType(READER, "JSON text", `${json.length} characters that are none, or are cut off`);
  }
}

/** A hash of a value that does not depend on the order of its properties. */
function checksumOf(value: unknown): string {
  const sorted = JSON.stringify(value, (_, entry: unknown) =>
    typeof entry === "object" && entry !== null && !Array.isArray(entry)
      ? Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1)))
      : entry,
  );
  return fingerprint([sorted]);
}

/** Whether a value is what a field holds, and what that is in words. */
interface Kind {
  readonly words: string;
  readonly is: (value: unknown) => boolean;
  readonly optional?: boolean;
  /** Fields of an object, or of each entry of an array. */
  readonly fields?: Fields;
}
type Fields = Readonly<Record<string, Kind>>;

const text: Kind = { words: "a text", is: (value) => typeof value === "string" };
const number: Kind = { words: "a number", is: (value) => typeof value === "number" };
const flag: Kind = { words: "true or false", is: (value) => typeof value === "boolean" };
const array: Kind = { words: "an array { shape, float32 } with all of its entries", is: isWhole };
const list = (of: Kind): Kind => ({
  words: `a list, each ${of.words}`,
  is: (value) => Array.isArray(value) && value.every(of.is),
});
const oneOf = (...names: readonly string[]): Kind => ({
  words: names.map(shown).join(" or "),
  is: (value) => typeof value === "string" && names.includes(value),
});
const record = (fields: Fields): Kind => ({ words: "an object", is: isObject, fields });
const records = (fields: Fields): Kind => ({ ...list(record(fields)), fields });
const optional = (kind: Kind): Kind => ({ ...kind, optional: true });

const target: Kind = {
  words: "a number, a text or a list of numbers",
  is: (value) => number.is(value) || text.is(value) || list(number).is(value),
};

/** Every field of a part, of a kept path and of a record. The compiler names the one that is missing here. */
const PART: Readonly<Record<keyof AttributionPart, Kind>> = {
  name: text,
  at: oneOf("input", "layer"),
  values: array,
  input: array,
  baseline: optional(array),
  standardError: optional(array),
  axes: list(text),
  labels: optional(list(text)),
  words: optional(list(list(text))),
  ink: optional(oneOf("dark")),
  reduced: optional(record({ by: oneOf("sum", "norm", "mean"), entries: number, magnitude: list(number) })),
};
const PATH: Readonly<Record<keyof AttributionPath, Kind>> = {
  alphas: list(number),
  reached: optional(list(number)),
  scores: list(list(number)),
  runningSum: list(list(number)),
  frames: list(number),
  accumulated: list(array),
};
const FIELDS: Readonly<Record<keyof AttributionRecord, Kind>> = {
  method: text,
  parts: records(PART),
  target: list(target),
  targetLabels: list(text),
  score: list(number),
  baselineScore: optional(list(number)),
  convergenceDelta: optional(list(number)),
  details: optional({
    words: "an object of lists of numbers",
    is: (value) => isObject(value) && Object.values(value).every(list(number).is),
  }),
  explain: oneOf("logit", "probability", "logProbability", "output"),
  quantity: text,
  options: { words: "an object", is: isObject },
  seed: number,
  engine: oneOf("eager", "compiled", "black box"),
  backend: optional(text),
  checked: oneOf("reference", "first row", "slope"),
  fingerprint: optional(text),
  passes: record({ forward: number, backward: number }),
  elapsedMs: number,
  peakBytes: number,
  warnings: list(text),
  batched: flag,
  path: optional(record(PATH)),
};

function checkFields(where: string, value: Readonly<Record<string, unknown>>, fields: Fields): void {
  for (const name of Object.keys(value))
    if (!Object.hasOwn(fields, name))
      throw unknownName(
        READER,
        "known fields alone",
        `${where}${name}`,
        Object.keys(fields).map((field) => where + field),
      );
  for (const [name, kind] of Object.entries(fields)) {
    const field = value[name];
    if (field === undefined && kind.optional) continue;
    if (!kind.is(field)) throw wrongType(READER, `${where}${name} to be ${kind.words}`, shown(field));
    const { fields: inner } = kind;
    if (inner === undefined) continue;
    if (Array.isArray(field))
      field.forEach((entry, i) => {
        checkFields(`${where}${name}[${i}].`, entry, inner);
      });
    else checkFields(`${where}${name}.`, field as Record<string, unknown>, inner);
  }
}

/** Throws where one thing per example, or per part, are more or fewer. */
function checkLengths({
  score,
  target,
  targetLabels,
  baselineScore,
  convergenceDelta,
  details,
  parts,
  batched,
  path,
}: AttributionRecord): void {
  const examples = score.length;
  const perExample = { target, targetLabels, baselineScore, convergenceDelta };
  const expect = (what: string, wanted: number, got: number): void => {
    if (got !== wanted) throw wrongType(READER, `${what} with ${wanted} entries`, String(got));
  };
  for (const [name, values] of Object.entries(perExample)) if (values) expect(name, examples, values.length);
  for (const [name, values] of Object.entries(details ?? {}))
    expect(`details.${name}`, examples, values.length);
  if (!batched) expect("score", 1, examples);
  if (parts.length === 0) throw wrongType(READER, "at least one part", "none");
  for (const [i, { values, axes, reduced }] of parts.entries()) {
    if (batched) expect(`the first axis of parts[${i}].values`, examples, values.shape[0] ?? 0);
    expect(`parts[${i}].axes`, values.shape.length - (batched ? 1 : 0), axes.length);
    if (reduced) expect(`parts[${i}].reduced.magnitude`, examples, reduced.magnitude.length);
  }
  if (path) {
    expect("path.accumulated", parts.length, path.accumulated.length);
    for (const [name, values] of Object.entries({ scores: path.scores, runningSum: path.runningSum })) {
      expect(`path.${name}`, examples, values.length);
      for (const row of values) expect(`each row of path.${name}`, path.alphas.length, row.length);
    }
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNdArray(value: unknown): value is NdArray {
  return isObject(value) && value["data"] instanceof Float32Array;
}

function isWhole(value: unknown): boolean {
  if (!isNdArray(value) || !Array.isArray(value.shape)) return false;
  return (
    value.shape.every((extent) => Number.isInteger(extent) && extent >= 0) &&
    value.data.length === sizeOf(value.shape)
  );
}

function packed({ data, shape }: NdArray): { shape: readonly number[]; float32: string } {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return { shape, float32: btoa(text) };
}

/** JSON has no NaN and no infinity. */
function packedNumber(value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? { number: String(value) } : value;
}

function unpacked(entry: unknown): unknown {
  if (!isObject(entry)) return entry;
  const { float32, shape, number } = entry;
  if (typeof float32 === "string" && Array.isArray(shape)) return { data: floatsOf(float32), shape };
  return Object.keys(entry).length === 1 && typeof number === "string" ? Number(number) : entry;
}

/** Floats of base64; none of what is no base64, or ends within a float. */
function floatsOf(base64: string): Float32Array {
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    return bytes.length % 4 === 0 ? new Float32Array(bytes.buffer) : new Float32Array(0);
  } catch {
    return new Float32Array(0);
  }
}
