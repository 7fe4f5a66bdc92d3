/** The matrix of methods on TensorFlow itself: the map of the cpu backend, or its error. */
import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { registry } from "../models";
import { type Answer, answerOf, cellsOf, differenceOf, faultsOf, withSubject } from "./cells";

/** Of inputs that are blurred until they are nearly flat, rounding says where the largest of a pool lies. */
const AGREEMENT = 1e-3;

beforeAll(() => {
  require("@tensorflow/tfjs-node");
});
afterAll(() => tf.setBackend("cpu"));

describe.each(registry)("%s", (name, method) => {
  it.each(cellsOf(name, 2))("$modality ($variant), $place", async (cell) => {
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
