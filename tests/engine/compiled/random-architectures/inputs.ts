import type { NdArray } from "../../../../src";
import { normals } from "../../../models";
import { type BuiltArchitecture, TOKENS } from "./architecture";

/** Seeded inputs of a model. */
export function inputsOf({ shapes, tokens }: BuiltArchitecture, seed: number, rows: number): NdArray[] {
  return shapes.map((shape, i) => {
    const numbers = normals(seed * 100 + rows * 10 + i, [rows, ...shape]);
    if (!tokens[i]) return numbers;
    const token = (v: number): number => Math.floor(Math.abs(v) * 10) % TOKENS;
    return { shape: numbers.shape, data: numbers.data.map(token) };
  });
}

/** Entries moved by a ten-thousandth up and down in turn, unless they are tokens. */
export function moved(x: readonly NdArray[], tokens: readonly boolean[]): NdArray[] {
  return x.map(({ data, shape }, input) => ({
    shape,
    data: tokens[input] ? data : data.map((v: number, i: number) => v + (i % 2 ? -1 : 1) * 1e-4),
  }));
}
