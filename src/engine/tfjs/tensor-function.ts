/** A plain function of tensors as a model; its layers are the values it marks by `tap(name, value)`. */
import { shown, wrongType } from "../../check";
import type { Facts, InputFact, LayerFact } from "../../model/model";
import { type Adapter, type Intervention, placeKey, type Tensor, type Tf } from "./adapter";
import { withRows } from "./dropped-rows";

/** A function from one or more batched tensors to one or more batched tensors. */
export type TensorModel = (...inputs: any[]) => any;

/** The run in progress; tfjs functions are synchronous, so there is never more than one. */
let running: { visit(name: string, value: Tensor): Tensor } | undefined;

/**
 * Marks a value inside a plain function as a layer: `const h = tap("hidden", tf.relu(z))`.
 * Outside of an attribution it returns the value unchanged.
 */
export function tap<T>(name: string, value: T): T {
  if (typeof name !== "string" || name === "") throw wrongType("tap", "a name", String(name));
  if (!running) return value;
  if (!Array.isArray((value as unknown as Tensor | undefined | null)?.shape))
    throw wrongType("tap", `a tensor to call ${JSON.stringify(name)}`, shown(value));
  return running.visit(name, value as unknown as Tensor) as unknown as T;
}

/** Makes a plain function answer the engine. */
export function tensorFunctionAdapter(tf: Tf, fn: TensorModel, facts: Facts): Adapter {
  const taps: LayerFact[] = [];
  const inputs: InputFact[] = (facts.inputs ?? ["input"]).map((input) =>
    typeof input === "string" ? { name: input, dtype: "float32" } : { dtype: "float32", ...input },
  );
  return {
    inputs,
    outputs: [{ name: "output" }],
    // Taps are known once the function has run.
    layers: taps,
    fixed: false,
    weights: () => [],
    topology: () => fn.toString(),
    lookups: () => [],
    run(tensors, intervention) {
      const captured = new Map<string, Tensor>();
      const outer = running;
      running = { visit: visitor(tf, intervention, captured, taps) };
      try {
        const result: unknown = fn(...tensors);
        const outputs = Array.isArray(result) ? result : [result];
        const rows = tensors[0].shape[0];
        return {
          outputs: outputs.map((output) =>
            facts.rows === "together" ? checkedTensor(output) : checkedOutput(output, rows),
          ),
          captured: intervention.capture.map((place) => {
            const tensor = captured.get(placeKey(place));
            if (!tensor)
              throw wrongType("asModel", `the function to call tap("${place.layer}", …)`, "no such call");
            return tensor;
          }),
        };
      } catch (error) {
        for (const tensor of captured.values()) tensor.dispose();
        throw error;
      } finally {
        running = outer;
      }
    },
  };
}

function visitor(
  tf: Tf,
  intervention: Intervention,
  captured: Map<string, Tensor>,
  taps: LayerFact[],
): (name: string, value: Tensor) => Tensor {
  const wanted = new Set(intervention.capture.map(placeKey));
  const calls = new Map<string, number>();
  return (name, value) => {
    const nth = (calls.get(name) ?? 0) + 1;
    calls.set(name, nth);
    if (nth > 1) throw wrongType("tap", "a name that is used once", JSON.stringify(name));
    if (!taps.some((layer) => layer.name === name)) {
      taps.push({ name, kind: "tap", shape: [null, ...value.shape.slice(1)] });
    }
    let current = value;
    for (const side of ["input", "output"] as const) {
      const key = placeKey({ layer: name, side });
      current = intervention.replace.get(key)?.clone() ?? current;
      if (wanted.has(key)) captured.set(key, tf.keep(current.clone()));
    }
    return current;
  };
}

function checkedTensor(output: unknown): Tensor {
  const given = output as Tensor | undefined | null;
  if (Array.isArray(given?.shape)) return given;
  const expected = "the function to return a tensor, or an array of tensors";
  if (typeof (output as Partial<PromiseLike<unknown>> | undefined | null)?.then === "function")
    throw wrongType(
      "asModel",
      expected,
      "a promise: only a black box (the fact outputs) may be asynchronous",
    );
  if (typeof output === "number")
    throw wrongType("asModel", expected, `the number ${output}, which has no gradient`);
  const names = typeof output === "object" && output !== null ? Object.keys(output) : [];
  const record = names.length > 0 && output?.constructor === Object;
  throw wrongType(
    "asModel",
    expected,
    record ? `a record of ${names.slice(0, 6).join(", ")}` : shown(output),
  );
}

/** Failure of a function that runs, and brings its rows together. */
export class RowsTogether extends TypeError {}

/** An output with one row per example: `squeeze` drops the axis of one. */
function checkedOutput(output: unknown, rows: number): Tensor {
  const tensor = checkedTensor(output);
  const { shape } = tensor;
  const own = withRows(tensor, rows);
  if (own.shape[0] !== rows)
    throw new RowsTogether(
      `asModel(): expected the function to return one row per example, got shape [${shape.join(", ")}]`,
    );
  return own;
}
