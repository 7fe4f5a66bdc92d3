/** The matrix of methods on TensorFlow itself: the map of the cpu backend, or its error. */
import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AnyMethod } from "../../src";
import { registry } from "../models";
import { type Answer, answerOf, type Cell, cellsOf, differenceOf, faultsOf, withSubject } from "./cells";

/** Of inputs that are blurred until they are nearly flat, rounding says where the largest of a pool lies. */
const AGREEMENT = 1e-3;

beforeAll(() => {
  require("@tensorflow/tfjs-node");
});
afterAll(() => tf.setBackend("cpu"));

/**
 * Guided paths take their first step by the gradient at the baseline. Where that is blank, all values of a pool tie there: TensorFlow
 * gives each of them the whole gradient in volumes, the cpu backend one of them, and the paths part. Behind noise nothing ties.
 */
const untied = (method: AnyMethod, { modality }: Cell): AnyMethod =>
  method.meta.name === "guidedIg" && modality !== "tokens" ? method.with({ baseline: "noise" }) : method;

describe.each(registry)("%s", (name, whole) => {
  it.each(cellsOf(name, 2))("$modality ($variant), $place", async (cell) => {
    const method = untied(whole, cell);
    const answers: Answer[] = [];
    for (const backend of ["cpu", "tensorflow"]) {
      await tf.setBackend(backend);
      await withSubject(cell, async (of) => {
        const answer = await answerOf(method, of, cell.place, 3, "eager");
        answers.push(answer);
        const { map } = answer;
        if (!map) return;
        expect(map.backend).toBe(backend);
        expect(faultsOf({ map, method, of, place: cell.place, rows: 3 })).toEqual([]);
      });
    }
    const [cpu, native] = answers;
    expect(native?.refusal).toBe(cpu?.refusal);
    if (cpu?.map && native?.map) expect(differenceOf(native.map, cpu.map, 3)).toBeLessThanOrEqual(AGREEMENT);
  });
});
