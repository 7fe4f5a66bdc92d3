import { asModel, type Explain, type Model, type NdArray, type Net, type ResolvedTarget } from "../../../src";

/** The engines that rules run on. */
export const engines = ["eager", "compiled"] as const;
export type Engine = (typeof engines)[number];

/** A net on one engine. */
export function on(engine: Engine, net: unknown): Model {
  return asModel(net as Net, { engine });
}

/** A class of an output of so many classes, as methods resolve it. */
export function classOf(
  target: number,
  classes: number,
  rows: number,
  explain: Explain = "logit",
): ResolvedTarget {
  const data = new Float32Array(rows * classes);
  for (let row = 0; row < rows; row++) data[row * classes + target] = 1;
  return {
    output: 0,
    explain,
    head: "none",
    score: { kind: "mask", mask: { data, shape: [rows, classes] } },
    labels: new Array<string>(rows).fill(String(target)),
    values: new Array<number>(rows).fill(target),
  };
}

/** Σ a · b for each row. */
export function rowProducts(a: NdArray, b: NdArray): number[] {
  const rows = a.shape[0] as number;
  const width = a.data.length / rows;
  return Array.from({ length: rows }, (_, row) => {
    let sum = 0;
    for (let i = row * width; i < (row + 1) * width; i++)
      sum += (a.data[i] as number) * (b.data[i] as number);
    return sum;
  });
}

/** a − b. */
export function difference(a: NdArray, b: NdArray): NdArray {
  return { data: a.data.map((value, i) => value - (b.data[i] as number)), shape: a.shape };
}

/** An array of zeros of the same shape. */
export function zerosLike({ data, shape }: NdArray): NdArray {
  return { data: new Float32Array(data.length), shape };
}
