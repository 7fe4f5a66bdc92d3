/** What the net is shown: the input and its baseline, as a state says. */
import type { Baseline, BaselineName } from "../../src/model/baseline";
import { type NdArray, ndarray } from "../../src/tensor";
import type { Digits } from "./digits";
import type { ExplorerNet } from "./nets";
import { pattern } from "./patterns";
import type { BaselineChoice, State } from "./state";

/** Values of the cells of a state's input. */
export function inputCells(state: State, net: ExplorerNet, digits: Digits): readonly number[] {
  const { rows, columns } = net;
  switch (state.pattern) {
    case "digit":
      return digits.images[state.digit % digits.images.length] ?? [];
    case "custom":
      return fitted(state.pixels, rows * columns);
    default:
      return pattern(state.pattern, rows, columns);
  }
}

/** Cells as the net's input. */
export function asInput(
  cells: readonly number[],
  { shape, range: [low, high], batched }: ExplorerNet,
): NdArray {
  return ndarray(
    Float32Array.from(cells, (share) => low + share * (high - low)),
    batched ? [1, ...shape] : shape,
  );
}

/** The baseline of a choice, as the library knows it. */
export function baselineOf(choice: BaselineChoice, state: State, net: ExplorerNet): Baseline {
  const named = baselineNamed(choice, state, net);
  return typeof named === "string" ? named : asInput(named, net);
}

/** The name of a baseline, or its cells where it was painted. */
export function baselineNamed(
  choice: BaselineChoice,
  state: State,
  net: ExplorerNet,
): BaselineName | readonly number[] {
  const [low, high] = net.range;
  switch (choice) {
    case "black":
      return low === 0 ? "zeros" : "min";
    case "white":
      return high === 1 ? "ones" : "max";
    case "custom":
      return fitted(state.baselinePixels, net.rows * net.columns);
    default:
      return choice;
  }
}

/** As many cells as there are on the grid; black where none was painted. */
function fitted(cells: readonly number[], count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => cells[i] ?? 0);
}
