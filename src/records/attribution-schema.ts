/** JSON Schema of a sealed record, version 1: the published form of an attribution. */

type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: "string" };
/** JSON has no NaN and no infinity: those are { "number": "NaN" }. */
const number: Schema = {
  anyOf: [
    { type: "number" },
    {
      type: "object",
      properties: { number: { enum: ["NaN", "Infinity", "-Infinity"] } },
      required: ["number"],
      additionalProperties: false,
    },
  ],
};
const list = (items: Schema): Schema => ({ type: "array", items });
const hash: Schema = { type: "string", pattern: "^[0-9a-f]{64}$" };

/** An object with these fields alone; those of a name that ends in "?" may be absent. */
const object = (fields: Readonly<Record<string, Schema>>, description?: string): Schema => ({
  type: "object",
  ...(description === undefined ? {} : { description }),
  properties: Object.fromEntries(
    Object.entries(fields).map(([name, schema]) => [name.replace(/\?$/, ""), schema]),
  ),
  required: Object.keys(fields).filter((name) => !name.endsWith("?")),
  additionalProperties: false,
});

const array = object(
  {
    shape: list({ type: "integer", minimum: 0 }),
    float32: { type: "string", contentEncoding: "base64" },
  },
  "An array: its shape, and its entries row by row as base64 of 32-bit floats, little-endian.",
);

const part = object(
  {
    name: text,
    at: { enum: ["input", "layer"] },
    values: array,
    input: array,
    "baseline?": array,
    "standardError?": array,
    axes: list({ enum: ["height", "width", "depth", "channel", "time", "feature", "token", "unit"] }),
    "labels?": list(text),
    "words?": list(list(text)),
    "reduced?": object({ by: { enum: ["sum", "norm", "mean"] }, entries: number, magnitude: list(number) }),
  },
  "The map of one explained input or layer. A batch axis comes first where `batched` is true.",
);

const path = object({
  alphas: list(number),
  "reached?": list(number),
  scores: list(list(number)),
  runningSum: list(list(number)),
  frames: list(number),
  accumulated: list(array),
});

const attribution = object({
  method: text,
  parts: { ...list(part), minItems: 1 },
  target: list({ anyOf: [number, text, list(number)] }),
  targetLabels: list(text),
  score: list(number),
  "baselineScore?": list(number),
  "convergenceDelta?": list(number),
  explain: { enum: ["logit", "probability", "logProbability", "output"] },
  quantity: text,
  options: { type: "object" },
  seed: number,
  engine: { enum: ["eager", "compiled", "black box"] },
  "backend?": text,
  checked: { enum: ["reference", "first row", "slope"] },
  "fingerprint?": text,
  passes: object({ forward: number, backward: number }),
  elapsedMs: number,
  peakBytes: number,
  warnings: list(text),
  batched: { type: "boolean" },
  "path?": path,
  checksum: text,
});

/** The JSON Schema (draft-07) of what `sealRecord` gives; docs/attribution.schema.json is the same. */
export const attributionSchema: Schema = {
  $schema: "http://json-schema.org/draft-07/schema#",
  $id: "urn:gradlens:attribution:1",
  title: "Attribution sealed by gradlens, version 1",
  ...object({
    format: { const: "gradlens/attribution" },
    version: { const: 1 },
    attribution,
    inputHash: {
      ...hash,
      description: "SHA-256 of [[name, input], …] of the parts, in canonical JSON (RFC 8785).",
    },
    environment: object({ gradlens: text, runtime: text, platform: text }),
    checks: list(
      object({
        metric: text,
        direction: { enum: ["higher", "lower", "zero", "none"] },
        options: { type: "object" },
        values: list({ type: ["number", "null"] }),
      }),
    ),
    note: text,
    hash: { ...hash, description: "SHA-256 of all the other fields in canonical JSON (RFC 8785)." },
  }),
};
