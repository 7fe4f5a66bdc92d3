/** Models of TensorFlow.js in files, without tfjs-node. */
import type * as Tfjs from "@tensorflow/tfjs";
import { failure } from "../check";
import { type NodeModules, nodeModule } from "../platform/node-modules";

const files = (): NodeModules["node:fs/promises"] => nodeModule("loadModel", "node:fs/promises");
const paths = (): NodeModules["node:path"] => nodeModule("loadModel", "node:path");

const MODEL_FILE = "model.json";
const WEIGHTS_FILE = "weights.bin";

/** Bytes one number takes in a weights file. */
const BYTES_PER_VALUE: Record<string, number> = {
  float32: 4,
  int32: 4,
  complex64: 8,
  float16: 2,
  uint16: 2,
  uint8: 1,
  bool: 1,
};

/**
 * A TensorFlow.js handler that keeps a model in files, without tfjs-node.
 *
 * @param path A folder (its `model.json` is meant), a `.json` file, or a `file://` URL of either. The weights lie
 *   beside the `.json` file.
 */
export function fileHandler(tf: typeof Tfjs, path: string): Tfjs.io.IOHandler {
  return {
    load: () => readArtifacts(tf, toPath(path)),
    save: (artifacts) => writeArtifacts(tf, toPath(path), artifacts),
  };
}

/**
 * Make `file://` addresses work in `tf.loadLayersModel`, `tf.loadGraphModel` and `model.save`.
 *
 * Does nothing where something else (tfjs-node) already serves them, and gives way when something else comes
 * later: TensorFlow.js refuses an address that two handlers answer.
 */
export function registerFileScheme(tf: typeof Tfjs): void {
  if (tf.io.getLoadHandlers("file://model").length > 0) return;
  let asking = false;
  const router =
    (handlersOf: (url: string) => unknown[]) =>
    (url: string | string[]): Tfjs.io.IOHandler | null => {
      if (asking || typeof url !== "string" || !url.startsWith("file://")) return null;
      asking = true;
      try {
        return handlersOf(url).length > 0 ? null : fileHandler(tf, url);
      } finally {
        asking = false;
      }
    };
  // The public types give routers and their parameter only by derivation.
  tf.io.registerLoadRouter(router((url) => tf.io.getLoadHandlers(url)) as never);
  tf.io.registerSaveRouter(router((url) => tf.io.getSaveHandlers(url)) as never);
}

/** The path of the model's JSON file that a save to `path` writes. */
export function savedModelFile(path: string): string {
  const plain = toPath(path);
  return plain.endsWith(".json") ? plain : paths().join(plain, MODEL_FILE);
}

function toPath(path: string): string {
  return path.startsWith("file://") ? nodeModule("loadModel", "node:url").fileURLToPath(path) : path;
}

async function modelFile(path: string): Promise<string> {
  const found = await files()
    .stat(path)
    .catch(() => undefined);
  if (!found) throw failure("loadModel", `a model folder or a ${MODEL_FILE}`, `nothing at ${path}`);
  if (!found.isDirectory()) return path;
  const file = paths().join(path, MODEL_FILE);
  if (
    !(await files()
      .stat(file)
      .catch(() => undefined))
  ) {
    throw failure("loadModel", `a ${MODEL_FILE} in the folder ${path}`, "none");
  }
  return file;
}

async function readArtifacts(tf: typeof Tfjs, path: string): Promise<Tfjs.io.ModelArtifacts> {
  const file = await modelFile(path);
  const model = parseModel(await files().readFile(file), file);
  return tf.io.getModelArtifactsForJSON(model, async (manifest) => {
    const specs = manifest.flatMap((group) => group.weights);
    const shards = await Promise.all(
      manifest
        .flatMap((group) => group.paths)
        .map((name) => readShard(paths().join(paths().dirname(file), name), file)),
    );
    const bytes = joinBytes(shards);
    const expected = weightBytes(tf, specs);
    if (expected !== undefined && bytes.byteLength !== expected) {
      const why = "a weights file is cut off or belongs to another model";
      throw failure("loadModel", `${expected} bytes of weights for ${file}`, `${bytes.byteLength}: ${why}`);
    }
    return [specs, bytes];
  });
}

function parseModel(bytes: Buffer, file: string): Tfjs.io.ModelJSON {
  const hint = "a TensorFlow.js model file (tensorflowjs_converter makes one from Keras or SavedModel)";
  let parsed: unknown;
  try {
    parsed = JSON.parse(bytes.toString("utf8"));
  } catch {
    throw failure("loadModel", hint, `${file}, which is not JSON`);
  }
  const topology = typeof parsed === "object" && parsed !== null && "modelTopology" in parsed;
  if (!topology || !(parsed as Tfjs.io.ModelJSON).modelTopology) {
    throw failure("loadModel", hint, `${file}, which has no "modelTopology"`);
  }
  const model = parsed as Tfjs.io.ModelJSON;
  if (!Array.isArray(model.weightsManifest)) {
    throw failure("loadModel", hint, `${file}, which has no "weightsManifest"`);
  }
  return model;
}

async function readShard(path: string, model: string): Promise<Buffer> {
  try {
    return await files().readFile(path);
  } catch (cause) {
    throw failure("loadModel", `the weights file ${paths().basename(path)} beside ${model}`, "none", {
      cause,
    });
  }
}

/** Bytes the weights should take together; undefined when a string tensor makes that unknowable. */
function weightBytes(tf: typeof Tfjs, specs: Tfjs.io.WeightsManifestEntry[]): number | undefined {
  let total = 0;
  for (const { shape, dtype, quantization } of specs) {
    const each = BYTES_PER_VALUE[quantization?.dtype ?? dtype];
    if (each === undefined) return undefined;
    total += each * tf.util.sizeFromShape(shape);
  }
  return total;
}

async function writeArtifacts(
  tf: typeof Tfjs,
  path: string,
  artifacts: Tfjs.io.ModelArtifacts,
): Promise<Tfjs.io.SaveResult> {
  const file = savedModelFile(path);
  const weights = toBytes(artifacts.weightData);
  const { weightData: _data, weightSpecs = [], ...model } = artifacts;
  const json = { ...model, weightsManifest: [{ paths: [WEIGHTS_FILE], weights: weightSpecs }] };
  await files().mkdir(paths().dirname(file), { recursive: true });
  await files().writeFile(paths().join(paths().dirname(file), WEIGHTS_FILE), weights);
  await files().writeFile(file, JSON.stringify(json));
  return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
}

function toBytes(data: Tfjs.io.WeightData | undefined): Uint8Array {
  if (data === undefined) return new Uint8Array(0);
  return new Uint8Array(joinBytes((Array.isArray(data) ? data : [data]).map((part) => new Uint8Array(part))));
}

/** One plain ArrayBuffer: a Node Buffer may be a window into a shared pool. */
function joinBytes(parts: readonly Uint8Array[]): ArrayBuffer {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.byteLength;
  }
  return joined.buffer;
}
