/** The eager engine's way to run one kind of tfjs net: LayersModel, GraphModel or a plain function. */
import type * as Tfjs from "@tensorflow/tfjs";
import type { InputFact, LayerFact, OutputFact, Vocabulary } from "../../model/model";
import type { LayerPlace } from "../../model/place";
import type { NetState } from "./net-state";
import type { RunRecurrence } from "./recurrence";

/** The tfjs module, as loaded at run time. */
export type Tf = typeof Tfjs;
/** A tfjs tensor. */
export type Tensor = Tfjs.Tensor;
/** A tensor that can be given other entries, by its data id. */
export type Variable = Tfjs.Variable & { dataId: object };

/** Taps and replacements at layers during one synchronous run. */
export interface Intervention {
  /** Tensors that stand in for a layer's own values; by `placeKey`. */
  readonly replace: ReadonlyMap<string, Tensor>;
  /** Places whose values are wanted. */
  readonly capture: readonly LayerPlace[];
  /** Told the innermost layer that an error came from, where that is known. */
  readonly failed?: (error: unknown, layer: string) => void;
  /** A way of its own to run recurrent layers, where those are known. */
  readonly recur?: RunRecurrence;
  /** Told the layer that begins to run, where that is known; what it returns is called when that layer ends. */
  readonly entered?: (layer: LayerFact) => () => void;
}

/** Outputs and captured values of one run; captured tensors are kept and belong to the caller. */
export interface Run {
  readonly outputs: readonly Tensor[];
  readonly captured: readonly Tensor[];
}

/** A place of the net that holds a weight. */
export interface WeightSlot {
  /** The layer's name, a slash, and the weight's: `conv/kernel`. */
  readonly name: string;
  readonly layer: string;
  read(): Tensor;
  /** Puts another tensor there; that which was there is not disposed of. */
  write(tensor: Tensor): void;
}

/** One user's model behind a common face. All methods are synchronous. */
export interface Adapter {
  readonly inputs: readonly InputFact[];
  readonly outputs: readonly OutputFact[];
  readonly layers: readonly LayerFact[];
  /** True where the weights fix what it computes: a plain function may close over anything else. */
  readonly fixed: boolean;
  /** The user's own net, where it can be saved as it is. */
  readonly source?: unknown;
  /** Of a net that was made for one number of rows: that number, and whether it binds, which may take a trial of the net. */
  readonly madeFor?: { readonly rows: number; binds(): boolean };
  /** Multiplications and additions of one forward pass of one row, estimated from shapes; undefined when unknown. */
  readonly operationsPerRow?: number;
  /** Weights, for the fingerprint and for checks; empty for a plain function. */
  weights(): readonly Tensor[];
  /** The places of its weights, in the order of its layers; absent where nobody knows them. */
  slots?(): readonly WeightSlot[];
  /** All that its code may read of its own objects: weights, settings, the graph of its layers; absent of a function. */
  state?(): NetState;
  /** Whether its layers, inputs and outputs are those that this was made of; absent where they cannot change. */
  isCurrent?(): boolean;
  /** A text that changes with the topology. */
  topology(): string;
  /** Whether a layer takes part in an output; not told where all do. */
  isNeeded?(layer: string): boolean;
  /** Places that hold what a look-up makes of an input; empty when it feeds anything else. */
  lookups(input: number): readonly LayerPlace[];
  /** Whether one of its layers may look computed numbers up in a table: columns are looked for there alone. */
  readonly looksUp?: boolean;
  /** The tables that an input is looked up in, as far as their sizes are known. */
  vocabularies?(input: number): readonly Vocabulary[];
  run(inputs: readonly Tensor[], intervention: Intervention): Run;
}

/** A place as the key of a map: what it is of the layer, a colon, and the layer's name. */
export function placeKey({ layer, side, entry, joined }: LayerPlace): string {
  return `${side}${entry ?? ""}${joined ? `#${joined.at}` : ""}:${layer}`;
}
