/** What the net is shown: the input and its baseline, as a state says. */
import type { Baseline } from "../../src/model/baseline";
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
      return digits.images[state.digit % digits.images.length];
    case "custom":
      return fitted(state.pixels, rows * columns);
    default:
      return pattern(state.pattern, rows, columns);
  }
}

/** Cells as the net's input. */
export function asInput(cells: readonly number[], { shape }: ExplorerNet): NdArray {
  return ndarray(Float32Array.from(cells), shape);
}

/** The baseline of a choice, as the library knows it. */
export function baselineOf(choice: BaselineChoice, state: State, net: ExplorerNet): Baseline {
  switch (choice) {
    case "black":
      return "zeros";
    case "white":
      return "ones";
    case "custom":
      return asInput(fitted(state.baselinePixels, net.rows * net.columns), net);
    default:
      return choice;
  }
}

/** As many cells as there are on the grid; black where none was painted. */
function fitted(cells: readonly number[], count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => cells[i] ?? 0);
}
