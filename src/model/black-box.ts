/** A black box: any function of arrays that returns numbers per row. It answers `forward`, and has no gradients. */
import { outOfRange, shown, throwIfAborted, UnsupportedOperationError, wrongType } from "../check";
import { concatRows, type NdArray, rowSize, sliceRows } from "../tensor";
import { fingerprint } from "./fingerprint";
import { readArray } from "./input";
import {
  type Batch,
  type CurvatureAnswer,
  type Facts,
  type ForwardAnswer,
  type ForwardRequest,
  type GradientAnswer,
  type InputFact,
  type LayerFact,
  type Model,
  maxBytesOf,
  type OutputFact,
  type PathAnswer,
} from "./model";
import type { LayerPlace } from "./place";
import type { ResolvedTarget } from "./score";
import { scoresFromOutput } from "./target";

/**
 * A function of one array per input, `{ data, shape }` with the batch axis first, that returns numbers per row: an array
 * of rows, a typed array, `{ data, shape }`, or a promise of one.
 */
export type BlackBoxFunction = (...inputs: NdArray[]) => unknown;

/** Rows of one call: enough for a server or a vectorised function, few enough to be aborted between two. */
const MOST_ROWS = 256;
/** A function may hold this many times what it is given. */
const COPIES = 8;

/** A model that is a function of arrays, asked row by row or in chunks; nothing is known of what it does inside. */
export class BlackBox implements Model {
  readonly engine = "black box" as const;
  readonly facts: Facts;
  readonly inputs: readonly InputFact[];
  readonly outputs: readonly OutputFact[];
  readonly layers: readonly LayerFact[] = [];
  readonly #answer: BlackBoxFunction;
  readonly #width: number;

  /** @param facts with `outputs`: the names of the numbers per row, or how many there are. */
  constructor(answer: BlackBoxFunction, facts: Facts) {
    const { outputs } = facts;
    this.#answer = answer;
    this.#width = typeof outputs === "number" ? outputs : (outputs?.length ?? 1);
    this.facts = Array.isArray(outputs) ? { classes: outputs, ...facts } : facts;
    this.inputs = (facts.inputs ?? ["input"]).map((input): InputFact => {
      const fact = typeof input === "string" ? { name: input } : input;
      const axes = Array.isArray(facts.axes)
        ? facts.axes
        : (facts.axes as Record<string, InputFact["axes"]> | undefined)?.[fact.name];
      return { dtype: "float32", ...fact, ...(axes ? { axes } : {}) };
    });
    this.outputs = [{ name: "output", shape: [null, this.#width] }];
  }

  /** The same function with other facts. */
  withFacts(facts: Facts): BlackBox {
    return new BlackBox(this.#answer, { ...this.facts, ...facts });
  }

  /** A hash of the function's text. */
  get fingerprint(): string {
    return fingerprint([this.#answer.toString()]);
  }

  lookups(): readonly LayerPlace[] {
    return [];
  }

  checkAlive(): void {}

  async forward(batch: Batch, request: ForwardRequest): Promise<ForwardAnswer> {
    const { of, at = [], replace = [] } = request;
    if (at.length > 0 || replace.length > 0) throw this.#hasNo("layers");
    const rows = batch[0].shape[0];
    const size = this.#chunkRows(batch, request.maxBytes);
    request.onHeld?.("black box", Math.min(rows, size) * bytesPerRow(batch));
    const answers: NdArray[] = [];
    for (let start = 0; start < rows; start += size) {
      throwIfAborted(request.signal);
      const part = batch.map((array) => sliceRows(array, start, Math.min(rows, start + size)));
      const count = part[0].shape[0];
      answers.push(this.#read(await this.#answer(...part.map(copied)), count));
      request.onRows?.(count);
    }
    throwIfAborted(request.signal);
    const output = concatRows(answers);
    return {
      ...(of ? { scores: scoresOf(of, output) } : {}),
      outputs: [output],
      heads: ["none"],
      activations: [],
    };
  }

  gradient(): Promise<GradientAnswer> {
    return Promise.reject(this.#hasNo("gradients"));
  }

  path(): Promise<PathAnswer> {
    return Promise.reject(this.#hasNo("gradients"));
  }

  curvature(): Promise<CurvatureAnswer> {
    return Promise.reject(this.#hasNo("gradients"));
  }

  /** One readable line. */
  toString(): string {
    return `Model · ${this.inputs.map(({ name }) => name).join(", ")} → ${this.#width} numbers · black box`;
  }

  #hasNo(what: "layers" | "gradients"): UnsupportedOperationError {
    return new UnsupportedOperationError(`asModel(): expected a net with ${what}, got a black box`);
  }

  #chunkRows(batch: Batch, asked: number | undefined): number {
    const most = Math.floor(maxBytesOf(this.facts, asked) / Math.max(1, bytesPerRow(batch)));
    return Math.max(1, Math.min(MOST_ROWS, most));
  }

  #read(answer: unknown, rows: number): NdArray {
    const array = readArray("asModel", answer, "what the function returns");
    const { data, shape } = array;
    const width = shape.length === 1 ? 1 : shape[1];
    if (shape.length === 0 || shape.length > 2 || shape[0] !== rows || width !== this.#width) {
      const each = `${this.#width} number${this.#width === 1 ? "" : "s"}`;
      throw outOfRange("asModel", `the function to return ${each} for each of ${rows} rows`, shown(array));
    }
    return { data, shape: [rows, width] };
  }
}

/** Bytes of one row and of what is made of it. */
function bytesPerRow(batch: Batch): number {
  return batch.reduce((sum, array) => sum + 4 * rowSize(array), 0) * COPIES;
}

/** A copy, which the function may keep or change. */
function copied({ data, shape }: NdArray): NdArray {
  return { data: data.slice(), shape: [...shape] };
}

function scoresOf(of: ResolvedTarget, output: NdArray): Float64Array {
  const scores = scoresFromOutput(of, output);
  if (scores) return scores;
  const { score } = of;
  if (score.kind === "loss")
    return Float64Array.from(score.label, (label, row) => (output.data[row] - label) ** 2);
  throw wrongType(
    "asModel",
    "a class, an index, a mask or a loss as the target of a black box",
    `a ${score.kind}`,
  );
}
