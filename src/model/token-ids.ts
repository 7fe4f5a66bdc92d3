/** Token ids: whole numbers, and rows of the tables that they are looked up in. */
import { outOfRange } from "../check";
import { indexAt, type NdArray } from "../tensor";
import type { Model, Vocabulary } from "./model";

/**
 * Refuses ids that no table has, before tfjs or ONNX Runtime meets them: these wrap, cut off or fail in words of their own.
 * Other inputs of whole numbers must be whole; inputs of other numbers may be anything.
 *
 * @param where what the ids are part of, when they are not the input: `" in the baseline"`.
 * @throws RangeError naming the input, the look-up and the ids that there are.
 */
export function checkTokenIds(fn: string, model: Model, input: number, ids: NdArray, where = ""): void {
  const { name, dtype } = model.inputs[input];
  const tokens = model.lookups(input).length > 0;
  // The ids themselves are not known here where `preprocess` makes them of floats.
  const asGiven = dtype !== "float32" || model.facts.preprocess === undefined;
  if (!asGiven || (dtype !== "int32" && !tokens)) return;
  const tables = model.vocabularies?.(input) ?? [];
  const at = ids.data.findIndex((id) => !Number.isInteger(id) || tables.some((table) => !has(table, id)));
  if (at < 0) return;
  const id = ids.data[at];
  const table = tables.find((one) => !has(one, id)) ?? tables[0];
  const expected = table ? `token ids from 0 to ${table.size - 1}` : "whole numbers";
  const layer = table ? `, layer "${table.layer}"` : "";
  throw outOfRange(
    fn,
    `${expected}${where} (input "${name}"${layer})`,
    `${id} at [${indexAt(ids.shape, at).join(", ")}]`,
  );
}

function has({ size }: Vocabulary, id: number): boolean {
  return id >= 0 && id < size;
}
