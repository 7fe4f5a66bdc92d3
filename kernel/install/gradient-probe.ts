/** A gradient that is known, computed for real: run in a process of its own, which prints what came of it as JSON. */
import { createRequire } from "node:module";
import path from "node:path";

interface TensorFlow {
  version_core?: string;
  version: { "tfjs-core"?: string; tfjs?: string };
  getBackend(): string;
  setBackend(name: string): Promise<boolean>;
  tensor2d(values: number[][]): object;
  sum(x: object, axis: number): object;
  square(x: object): object;
}

export interface ProbeResult {
  /** Version of TensorFlow.js. */
  version: string;
  backend: string;
  engine: string;
  milliseconds: number;
  /** Largest difference from the gradient by hand. */
  error: number;
}

const INPUT = [[1, -2, 3]];

async function probe(packageName: string): Promise<ProbeResult> {
  const here = createRequire(path.join(process.cwd(), "probe.js"));
  const find = (request: string) => {
    try {
      return here.resolve(request);
    } catch {
      return require.resolve(request);
    }
  };
  const tf = require(find(packageName)) as TensorFlow;
  if (packageName === "@tensorflow/tfjs") await tf.setBackend("cpu");
  const { saliency } = require("../../src/index.js") as typeof import("../../src/index.js");
  const started = performance.now();
  // d/dx Σ x² = 2x
  const net = (x: object) => tf.sum(tf.square(x), 1);
  const map = await saliency(net as never, tf.tensor2d(INPUT) as never, { target: 0 } as never);
  const values = Array.from((map.values as { data: Float32Array }).data);
  const expected = INPUT[0]!.map((x) => 2 * x);
  return {
    version: tf.version.tfjs ?? tf.version["tfjs-core"] ?? "",
    backend: tf.getBackend(),
    engine: map.engine,
    milliseconds: performance.now() - started,
    error: Math.max(...expected.map((value, i) => Math.abs(value - (values[i] ?? Number.NaN)))),
  };
}

async function main(): Promise<void> {
  // Nothing but the result on stdout.
  console.log = () => {};
  console.warn = () => {};
  try {
    process.stdout.write(JSON.stringify(await probe(process.argv[2] ?? "@tensorflow/tfjs")));
  } catch (error) {
    process.stdout.write(JSON.stringify({ failed: (error as Error).message.split("\n")[0] }));
  }
}

if (require.main === module) void main();
