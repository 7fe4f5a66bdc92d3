import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Ajv from "ajv";
import { strToU8, unzipSync, zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Attribution,
  integratedGradients,
  metrics,
  neuron,
  records,
  saliency,
  smoothGrad,
} from "../../src";
import { random } from "../../src/author";
import { sha256 } from "../../src/records/canonical";
import { LIBRARY_VERSION } from "../../src/records/sealed-record";
import { normals, smallCnn } from "../models";

/** Records: what was kept is as it was, and whatever was done to it is named. */

const { appendRecord, attributionSchema, canonicalBytes, pack, sealRecord, verify } = records;

/** Changes of records, drawn at random; GRADLENS_RECORDS=10000 is the long run. */
const COUNT = Number(process.env["GRADLENS_RECORDS"] ?? 150);

const folder = mkdtempSync(join(tmpdir(), "gradlens-records-"));
const net = smallCnn(3);
let maps: Record<"input" | "layer" | "neuron", Attribution>;
beforeAll(async () => {
  const x = normals(4, [2, 4, 4, 2]);
  maps = {
    input: await integratedGradients(net, x, { steps: 8, keepPath: 3 }),
    layer: await integratedGradients(net, x, { layer: "conv", steps: 8 }),
    neuron: await saliency(net, x, { target: neuron("conv", [0, 0, 1]) }),
  };
});
afterAll(() => {
  net.dispose();
  rmSync(folder, { recursive: true });
});

type Json = Record<string, unknown>;
const plain = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;
/** A record with other content and the hash that belongs to it, as a careful forger makes it. */
const resealed = async (record: Json, change: (record: Json) => void): Promise<Json> => {
  const { hash: _, ...content } = structuredClone(record);
  change(content);
  return { ...content, hash: await sha256(content) };
};

describe("a sealed record", () => {
  it("fits the published schema, whatever was explained, and is verified", async () => {
    const fits = new Ajv({ strict: true, allowUnionTypes: true }).compile(attributionSchema);
    const sampled = await smoothGrad(net, normals(2, [4, 4, 2]), { samples: 3 });
    for (const map of [...Object.values(maps), sampled]) {
      const record = await sealRecord(map, {
        checks: [await metrics.completeness(net, map)],
        note: "case 7",
      });
      expect(fits(plain(record)), JSON.stringify(fits.errors)).toBe(true);
      expect(await verify(JSON.stringify(record))).toEqual({
        kind: "record",
        ok: true,
        problems: [],
        records: 1,
        hash: record.hash,
      });
    }
    const other = plain(await sealRecord(maps.input));
    for (const wrong of [
      { ...other, version: 2 },
      { ...other, more: 1 },
      { ...other, inputHash: "12" },
    ])
      expect(fits(wrong)).toBe(false);
  });

  it("says which gradlens made it", async () => {
    const manifest = JSON.parse(readFileSync(join(__dirname, "../../package.json"), "utf8")) as Json;
    expect(LIBRARY_VERSION).toBe(manifest["version"]);
    expect((await sealRecord(maps.input)).environment.gradlens).toBe(LIBRARY_VERSION);
  });

  it("has one canonical form, whatever the order of its fields", async () => {
    const record = plain(await sealRecord(maps.layer));
    const turned = Object.fromEntries(Object.entries(record).reverse());
    expect(canonicalBytes(turned)).toEqual(canonicalBytes(record));
    expect((await verify(JSON.stringify(turned, undefined, 2))).ok).toBe(true);
    // By RFC 8785, and not as the fields were written.
    expect(new TextDecoder().decode(canonicalBytes({ b: [1e21, 0.1], a: { d: "ü", c: null } }))).toBe(
      '{"a":{"c":null,"d":"ü"},"b":[1e+21,0.1]}',
    );
  });

  it.each<[string, (record: Json) => Promise<Json> | Json, RegExp]>([
    ["a changed note", (r) => ({ ...r, note: "all is well" }), /^changed: its hash/],
    ["an unknown field", (r) => resealed(r, (c) => (c["signed"] = true)), /^an unknown field: "signed"/],
    ["a missing field", ({ environment: _, ...r }) => r, /^a missing field: environment/],
    ["a newer version", (r) => resealed(r, (c) => (c["version"] = 2)), /^a newer version: 2/],
    ["another format", (r) => ({ ...r, format: "captum" }), /^no record of gradlens/],
    [
      "another input",
      (r) => resealed(r, (c) => (c["inputHash"] = "0".repeat(64))),
      /^another input: the hash of what was explained/,
    ],
    [
      "an attribution of another checksum",
      (r) => resealed(r, (c) => ((c["attribution"] as Json)["seed"] = 5)),
      /^no attribution that can be read: .*changed/,
    ],
  ])("with %s is named", async (_, change, words) => {
    const { ok, problems } = await verify(JSON.stringify(await change(plain(await sealRecord(maps.input)))));
    expect(ok).toBe(false);
    expect(problems.join("\n")).toMatch(words);
  });

  it("with numbers that do not add up is named, though every hash was made anew", async () => {
    // A forger who knows the form: the values of a pixel are another, the checksum and the seal are right.
    const { values } = maps.input;
    const forged = Object.assign(
      Object.create(Object.getPrototypeOf(maps.input)) as Attribution,
      maps.input,
      {
        parts: [
          {
            ...maps.input.parts[0],
            values: { ...values, data: values.data.map((v, i) => (i === 3 ? v + 1 : v)) },
          },
        ],
      },
    );
    const { problems } = await verify(JSON.stringify(await sealRecord(forged)));
    expect(problems).toEqual([expect.stringContaining("numbers that do not add up: in example 0")]);
  });

  it("of another model is named where a fingerprint is expected", async () => {
    const text = JSON.stringify(await sealRecord(maps.input));
    const { fingerprint } = maps.input;
    expect((await verify(text, { fingerprint: fingerprint! })).ok).toBe(true);
    expect((await verify(text, { fingerprint: "00" })).problems[0]).toMatch(/^another model: fingerprint/);
  });
});

describe("a log", () => {
  const path = join(folder, "log.jsonl");
  let text: string;
  let last: string;
  beforeAll(async () => {
    for (const map of Object.values(maps)) last = (await appendRecord(path, await sealRecord(map))).hash;
    text = readFileSync(path, "utf8");
  });
  const lines = (): string[] => text.trimEnd().split("\n");

  it("is a line per record, each with the hash of the one before", async () => {
    expect(await verify(text, { last })).toEqual({
      kind: "log",
      ok: true,
      problems: [],
      records: 3,
      hash: last,
    });
    expect(await verify(`${lines()[0]}\n`)).toMatchObject({ kind: "log", ok: true, records: 1 });
  });

  it.each<[string, () => string, RegExp]>([
    ["a changed record", () => text.replace('"seed":0', '"seed":1'), /line 1: changed/],
    [
      "a record taken out",
      () => `${[lines()[0], lines()[2]].join("\n")}\n`,
      /line 2: number 2, and 1 was expected/,
    ],
    [
      "records in another order",
      () => `${[lines()[1], lines()[0], lines()[2]].join("\n")}\n`,
      /line 1: number 1/,
    ],
    ["a record twice", () => `${[...lines(), lines()[2]].join("\n")}\n`, /line 4: number 2/],
    ["a record that was cut off", () => text.slice(0, -40), /cut off: its last line does not end/],
    [
      "the last record taken out",
      () => `${lines().slice(0, 2).join("\n")}\n`,
      /the hash of its last line is not the one/,
    ],
    ["nothing in it", () => "", /empty/],
  ])("with %s is named", async (_, change, words) => {
    const { ok, problems } = await verify(change(), { last });
    expect(ok).toBe(false);
    expect(problems.join("\n")).toMatch(words);
  });

  it("is not continued when its end is broken", async () => {
    const broken = join(folder, "broken.jsonl");
    writeFileSync(broken, text.slice(0, -40));
    await expect(appendRecord(broken, await sealRecord(maps.input))).rejects.toThrow(
      "a log whose last line is whole",
    );
    writeFileSync(broken, text.trimEnd());
    await expect(appendRecord(broken, await sealRecord(maps.input))).rejects.toThrow("cut off");
    await expect(appendRecord(path, {} as never)).rejects.toThrow("a sealed record");
  });
});

describe("a pack", () => {
  it("is the same bytes for the same maps, and verified without the model", async () => {
    const [one, same] = [await pack(maps), await pack(maps)];
    expect(same.seal).toBe(one.seal);
    expect(same.bytes).toEqual(one.bytes);
    expect(await verify(one.bytes, { seal: one.seal })).toEqual({
      kind: "pack",
      ok: true,
      problems: [],
      records: 3,
      hash: one.seal,
    });
    expect(Object.keys(unzipSync(one.bytes)).sort()).toEqual([
      "README.txt",
      "manifest.json",
      "records/input.json",
      "records/layer.json",
      "records/neuron.json",
      "schema.json",
    ]);
  });

  type Files = Record<string, Uint8Array>;
  const tampered: readonly [string, (files: Files) => Files, RegExp][] = [
    [
      "a changed file",
      (f) => ({ ...f, "README.txt": strToU8("trust me") }),
      /^README\.txt: changed, its hash is another/m,
    ],
    ["a missing file", ({ "records/layer.json": _, ...f }) => f, /^records\/layer\.json: a missing file/m],
    [
      "an added file",
      (f) => ({ ...f, "records/extra.json": f["records/input.json"] }),
      /^records\/extra\.json: an added file/m,
    ],
    [
      "swapped files",
      (f) => ({
        ...f,
        "records/input.json": f["records/layer.json"],
        "records/layer.json": f["records/input.json"],
      }),
      /^records\/input\.json: swapped, it holds records\/layer\.json/m,
    ],
    [
      "a changed manifest",
      (f) => {
        const manifest = JSON.parse(new TextDecoder().decode(f["manifest.json"])) as { files: unknown[] };
        manifest.files.pop();
        return { ...f, "manifest.json": strToU8(JSON.stringify(manifest)) };
      },
      /^manifest\.json: changed, its seal is another/m,
    ],
    ["no manifest", ({ "manifest.json": _, ...f }) => f, /^a missing file: manifest\.json/],
    [
      "a newer version",
      (f) => ({ ...f, "manifest.json": strToU8('{"format":"gradlens/pack","version":2,"files":[]}') }),
      /^a newer version: 2/,
    ],
  ];
  it.each(tampered)("with %s is named", async (_, change, words) => {
    const { bytes } = await pack(maps);
    const { ok, problems } = await verify(zipSync(change(unzipSync(bytes))));
    expect(ok).toBe(false);
    expect(problems.join("\n")).toMatch(words);
  });

  it("that was cut off, or made anew of other maps, is named", async () => {
    const { bytes, seal } = await pack(maps);
    expect((await verify(bytes.slice(0, bytes.length - 30))).problems[0]).toMatch(/^no whole zip/);
    const { input } = maps;
    expect((await verify((await pack({ input })).bytes, { seal })).problems).toEqual([
      "another pack: its seal is not the one that was kept",
    ]);
    await expect(pack({})).rejects.toThrow("at least one map");
    await expect(pack({ "../a": input })).rejects.toThrow("names of letters");
  });
});

it(`no change of a record, a log or a pack makes it crash (${COUNT})`, async () => {
  const stream = random(11);
  const sealed = new TextEncoder().encode(JSON.stringify(await sealRecord(maps.layer)));
  const log = new Uint8Array(readFileSync(join(folder, "log.jsonl")));
  const { bytes } = await pack({ one: maps.neuron });
  const whole = [sealed, log, bytes];
  const changes: readonly ((content: Uint8Array) => Uint8Array)[] = [
    (content) => content.map((byte, i) => (i === at(content) ? stream.integer(256) : byte)),
    (content) => content.slice(0, at(content)),
    (content) => content.slice(at(content)),
    (content) => Uint8Array.from([...content.slice(0, at(content)), ...content.slice(at(content))]),
    (content) => content.map((byte) => (stream.uniform() < 0.002 ? stream.integer(256) : byte)),
    fieldChanged,
  ];
  function at(content: Uint8Array): number {
    return stream.integer(content.length);
  }
  /** Some value of the JSON is another thing; where it is none, a byte. */
  function fieldChanged(content: Uint8Array): Uint8Array {
    const odd: readonly unknown[] = [null, 0, -1, 1e308, "", "x", [], {}, [[]], true, { number: "NaN" }];
    const text = new TextDecoder().decode(content).split("\n");
    try {
      const value: unknown = JSON.parse(text[0]);
      let steps = stream.integer(40);
      const changed = JSON.stringify(value, (_, entry: unknown) =>
        steps-- === 0 ? odd[stream.integer(odd.length)] : entry,
      );
      return strToU8([changed ?? "", ...text.slice(1)].join("\n"));
    } catch {
      return content.slice(1);
    }
  }
  for (let i = 0; i < COUNT; i++) {
    const content = changes[i % changes.length](whole[Math.floor(i / changes.length) % whole.length]);
    const { ok, problems } = await verify(content);
    expect(ok).toBe(problems.length === 0);
  }
  for (const text of [
    "[".repeat(200_000),
    `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`,
    "null",
    '"x"',
    "7",
  ])
    expect((await verify(text)).ok).toBe(false);
});
