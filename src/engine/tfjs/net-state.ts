/** State of a net: all that its code may read of its own objects, so that a change of any of it is noticed. */

/**
 * Properties of tfjs's own objects that say nothing about what a layer computes: bookkeeping, what training needs, and what a
 * run leaves behind. Those of a graph of layers are read by themselves.
 */
const SKIPPED: ReadonlySet<string> = new Set([
  // Bookkeeping and training.
  ..."_callHook _addedWeightNames _losses _updates _built built _refCount trainable_ _trainable".split(" "),
  ..."id name batchInputShape supportsMasking inputSpec stateSpec".split(" "),
  ..."fastWeightInitDuringBuild initialWeights activityRegularizer metrics".split(" "),
  ..."optimizer_ isOptimizerOwned loss lossFunctions metricsNames metricsTensors isTraining history".split(
    " ",
  ),
  ..."stopTraining_ collectedTrainableWeights userDefinedMetadata".split(" "),
  ...["kernel", "bias", "recurrent", "beta", "gamma", "movingMean", "movingVariance", "embeddings"].flatMap(
    (weight) => ["Initializer", "Regularizer", "Constraint"].map((kind) => `${weight}${kind}`),
  ),
  ...["KERNEL", "BIAS", "RECURRENT", "EMBEDDINGS"].map((weight) => `DEFAULT_${weight}_INITIALIZER`),
  // Left behind by a run.
  ..."states_ keptStates dropoutMask recurrentDropoutMask".split(" "),
  // The graph of layers.
  ..."inboundNodes outboundNodes inputLayers outputLayers layersByDepth nodesByDepth containerNodes".split(
    " ",
  ),
  ..."inputLayersNodeIndices inputLayersTensorIndices outputLayersNodeIndices".split(" "),
  ..."outputLayersTensorIndices internalContainerRefs inputNames outputNames feedInputShapes".split(" "),
  ..."feedInputNames feedOutputNames feedOutputShapes feedLossFns internalInputShapes".split(" "),
  "internalOutputShapes",
]);

/** Entries of a long array that are looked at. */
const MOST_ENTRIES = 4096;
/** Properties that are looked at, of a net whose layers hold on to a whole program. */
const MOST_PROPERTIES = 200_000;

/** Properties that a run of the net itself changes, by object: they say nothing of a change between two runs. */
const traces = new WeakMap<object, Set<string>>();

/** Object that a walk begins at, and the only properties of it that matter. */
export interface Root {
  readonly object: object;
  readonly only?: readonly string[];
}

type Properties = Readonly<Record<string, unknown>>;

/**
 * Everything reachable from a net at one time: settings, functions, classes, layers and, of each tensor, the identity of its
 * entries, which are never changed in place. While all of it is there, the net computes the same, but for what its code
 * has closed over.
 */
export class NetState {
  readonly #roots: readonly Root[];
  // One entry per property, as arrays: they are compared at each call.
  readonly #owners: object[] = [];
  readonly #names: string[] = [];
  readonly #values: unknown[] = [];
  /** Objects with the number of their properties. */
  readonly #objects: object[] = [];
  readonly #counts: number[] = [];
  /** Maps and sets, with their entries. */
  readonly #collections: (readonly [
    ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>,
    readonly unknown[],
  ])[] = [];
  readonly #seen = new Set<object>();

  constructor(roots: readonly Root[]) {
    this.#roots = roots;
    for (const { object, only } of roots) this.#visit(object, only);
    this.#seen.clear();
  }

  /** What is not as it was: nothing, entries of tensors such as weights, or more than those. */
  get change(): "nothing" | "entries" | "more" {
    const [owners, names, values] = [this.#owners, this.#names, this.#values];
    let change: "nothing" | "entries" = "nothing";
    for (let i = 0; i < owners.length; i++) {
      if (Object.is((owners[i] as Properties)[names[i]], values[i])) continue;
      if (names[i] !== "dataId") return "more";
      change = "entries";
    }
    for (let i = 0; i < this.#objects.length; i++)
      if (Object.keys(this.#objects[i]).length !== this.#counts[i]) return "more";
    const same = this.#collections.every(([collection, entries]) =>
      sameEntries([...collection].flat(), entries),
    );
    return same ? change : "more";
  }

  /**
   * The state after a run of the net, which left all that is different now: that is left out of this and all later states. A
   * layer that keeps its latest attention weights is not another layer after each run.
   */
  afterRun(): NetState {
    if (this.change === "nothing") return this;
    const mark = (object: object, name: string): void => {
      traces.set(object, (traces.get(object) ?? new Set()).add(name));
    };
    const known = new Map<object, Set<string>>();
    this.#owners.forEach((owner, i) => {
      const name = this.#names[i];
      known.set(owner, (known.get(owner) ?? new Set()).add(name));
      if (!Object.is((owner as Properties)[name], this.#values[i])) mark(owner, name);
    });
    this.#objects.forEach((object, i) => {
      const names = Object.keys(object);
      if (names.length === this.#counts[i]) return;
      for (const name of names) if (!known.get(object)?.has(name)) mark(object, name);
    });
    return new NetState(this.#roots);
  }

  #add(owner: object, name: string, value: unknown): void {
    this.#owners.push(owner);
    this.#names.push(name);
    this.#values.push(value);
  }

  #visit(object: object, only?: readonly string[]): void {
    if (this.#seen.has(object) || this.#owners.length > MOST_PROPERTIES) return;
    this.#seen.add(object);
    if ("dataId" in object && "shape" in object) {
      this.#add(object, "dataId", object.dataId);
    } else if ("val" in object && "originalName" in object) {
      // A weight of a layer: all else of it is for training.
      this.#look(object, "val");
    } else if (Array.isArray(object) || (ArrayBuffer.isView(object) && "length" in object)) {
      const { length } = object as ArrayLike<unknown>;
      this.#add(object, "length", length);
      const step = Math.max(1, Math.ceil(length / MOST_ENTRIES));
      for (let i = 0; i < length; i += step) this.#look(object, String(i));
    } else if (object instanceof Map || object instanceof Set) {
      const entries = [...object].flat();
      this.#collections.push([object, entries]);
      for (const entry of entries) if (typeof entry === "object" && entry !== null) this.#visit(entry);
    } else if (only) {
      for (const name of only) this.#look(object, name);
    } else this.#visitProperties(object);
  }

  #visitProperties(object: object): void {
    this.#objects.push(object);
    const names = Object.keys(object);
    this.#counts.push(names.length);
    const changing = traces.get(object);
    for (const name of names) if (!SKIPPED.has(name) && !changing?.has(name)) this.#look(object, name);
    // Code may also be replaced on the class, and calls of a layer be added.
    for (const name of ["call", "apply"])
      if (typeof (object as Properties)[name] === "function") this.#look(object, name);
    const { inboundNodes } = object as Properties;
    if (Array.isArray(inboundNodes)) this.#add(inboundNodes, "length", inboundNodes.length);
  }

  #look(owner: object, name: string): void {
    const value = (owner as Properties)[name];
    this.#add(owner, name, value);
    // A symbolic tensor belongs to the graph of layers, which others read.
    if (typeof value === "object" && value !== null && !("sourceLayer" in value)) this.#visit(value);
  }
}

function sameEntries(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((entry, i) => Object.is(entry, b[i]));
}
