/** Pack: one zip of records that an auditor verifies without the model and without a network. */
import type { Attribution } from "../attribution";
import { checkOptions, outOfRange, shown, wrongType } from "../check";
import { attributionSchema } from "./attribution-schema";
import { canonicalBytes, isPlainObject, sha256 } from "./canonical";
import { type Expected, problemsOf, type SealedRecord, type SealOptions, sealRecord } from "./sealed-record";

const PACK_FORMAT = "gradlens/pack";
const PACK_VERSION = 1;
const MANIFEST = "manifest.json";
const READ_ME = `A pack of attributions made by gradlens.

records/*.json   one attribution each: what was explained, its values, the model's fingerprint, the hash of the input,
                 options, environment, checks. Arrays are base64 of 32-bit floats, little-endian, row by row.
schema.json      the JSON Schema of these records.
manifest.json    name, size and SHA-256 of every file, and a seal over the manifest itself.

\`gradlens verify FILE\` names everything that is not as it was packed. Neither model nor network is needed.
`;

/** A file of a pack, as its manifest knows it. */
interface PackedFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** A pack, and the seal that proves later which one it was. */
export interface Pack {
  /** The zip. */
  readonly bytes: Uint8Array;
  /** SHA-256 over the manifest, which has those of all files. Keep it elsewhere: whoever can write a file can write its hash. */
  readonly seal: string;
}

/**
 * One zip of several attributions, of inputs, layers and neurons alike: a record of each, the schema, and a manifest with the hash of
 * every file. The same maps give the same bytes.
 * @param maps by the name that each file shall have.
 */
export async function pack(
  maps: Readonly<Record<string, Attribution | SealedRecord>>,
  options: SealOptions = {},
): Promise<Pack> {
  const fn = "pack";
  checkOptions(fn, options, ["checks", "note"]);
  if (!isPlainObject(maps)) throw wrongType(fn, "maps by name", shown(maps));
  const names = Object.keys(maps).sort();
  if (names.length === 0) throw outOfRange(fn, "at least one map", "none");
  const odd = names.find((name) => !/^[\w.-]+$/.test(name) || name.startsWith("."));
  if (odd !== undefined) throw outOfRange(fn, "names of letters, digits, dots and dashes", shown(odd));
  const files: Record<string, Uint8Array> = {
    "README.txt": new TextEncoder().encode(READ_ME),
    "schema.json": canonicalBytes(attributionSchema),
  };
  for (const name of names) {
    const map = maps[name];
    const record = "hash" in map ? map : await sealRecord(map, options);
    const [problem] = await problemsOf(record);
    if (problem !== undefined)
      throw wrongType(fn, `${shown(name)} to be an attribution or a sealed record`, problem);
    files[`records/${name}.json`] = canonicalBytes(record);
  }
  const listed: PackedFile[] = [];
  for (const [name, bytes] of Object.entries(files))
    listed.push({ name, bytes: bytes.length, sha256: await sha256(bytes) });
  const plain = { format: PACK_FORMAT, version: PACK_VERSION, files: listed };
  const seal = await sha256(plain);
  const { zipSync } = await import("fflate");
  const all = { ...files, [MANIFEST]: canonicalBytes({ ...plain, seal }) };
  return { bytes: zipSync(all, { mtime: EPOCH, level: 6 }), seal };
}

/** The earliest day that a zip can name: a pack does not depend on when it was made. */
const EPOCH = "1980-01-01T12:00:00";

/** Result of reading a pack. */
export interface PackFindings {
  readonly records: number;
  readonly seal: string | undefined;
  readonly problems: readonly string[];
}

/** Everything that is wrong with a pack. Never throws. */
export async function packProblems(
  bytes: Uint8Array,
  expected: Expected & { seal?: string } = {},
): Promise<PackFindings> {
  const none = (problem: string): PackFindings => ({ records: 0, seal: undefined, problems: [problem] });
  const files = await unzipped(bytes);
  if (files === undefined) return none("no whole zip: cut off, or changed");
  if (files[MANIFEST] === undefined) return none(`a missing file: ${MANIFEST}`);
  const manifest = jsonOf(files[MANIFEST]);
  if (!isPlainObject(manifest) || manifest["format"] !== PACK_FORMAT) return none("no manifest of a pack");
  const { seal, ...plain } = manifest;
  if (typeof manifest["version"] === "number" && manifest["version"] > PACK_VERSION)
    return none(`a newer version: ${manifest["version"]}, and this reader knows up to ${PACK_VERSION}`);
  const problems: string[] = [];
  if ((await sha256(plain)) !== seal)
    problems.push(`${MANIFEST}: changed, its seal is another than that of its content`);
  if (expected.seal !== undefined && seal !== expected.seal)
    problems.push("another pack: its seal is not the one that was kept");
  const listed = filesOf(manifest["files"]);
  for (const name of Object.keys(files))
    if (name !== MANIFEST && !listed.some((file) => file.name === name))
      problems.push(`${name}: an added file, which the manifest does not name`);
  const hashes = new Map<string, string>();
  for (const [name, content] of Object.entries(files)) hashes.set(name, await sha256(content));
  let records = 0;
  for (const { name, sha256: wanted } of listed) {
    const content = files[name];
    if (content === undefined) {
      problems.push(`${name}: a missing file`);
      continue;
    }
    if (hashes.get(name) !== wanted) {
      const twin = listed.find((other) => other.sha256 === hashes.get(name));
      problems.push(
        twin
          ? `${name}: swapped, it holds ${twin.name}`
          : `${name}: changed, its hash is another than the manifest says`,
      );
    }
    if (!name.startsWith("records/")) continue;
    records++;
    const record = jsonOf(content);
    const found = record === undefined ? ["no JSON"] : await problemsOf(record, expected);
    problems.push(...found.map((problem) => `${name}: ${problem}`));
  }
  return { records, seal: typeof seal === "string" ? seal : undefined, problems };
}

/** Most bytes that a pack may unfold to: a small zip can claim more than a machine has. */
const MOST_BYTES = 2 ** 30;

async function unzipped(bytes: Uint8Array): Promise<Record<string, Uint8Array> | undefined> {
  const { unzipSync } = await import("fflate");
  let total = 0;
  try {
    return unzipSync(bytes, {
      filter: ({ originalSize }) => {
        total += originalSize;
        if (total > MOST_BYTES) throw new RangeError("more than a pack holds");
        return true;
      },
    });
  } catch {
    return undefined;
  }
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

function filesOf(value: unknown): PackedFile[] {
  return (Array.isArray(value) ? value : []).flatMap((file: unknown) =>
    isPlainObject(file) && typeof file["name"] === "string" && typeof file["sha256"] === "string"
      ? [{ name: file["name"], bytes: Number(file["bytes"]), sha256: file["sha256"] }]
      : [],
  );
}
