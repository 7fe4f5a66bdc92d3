import { Attribution, ndarray } from "../../src";

/** The map of the same record with other values: a map of one's own for the same question. */
export function withValues(map: Attribution, values: readonly (readonly number[])[]): Attribution {
  const [part] = map.parts;
  return new Attribution({ ...map, parts: [{ ...part, values: ndarray(values.flat(), part.values.shape) }] });
}
