/** The engines: turns what the user has into a Model. */
import { outOfRange, shown, wrongType } from "../check";
import { BlackBox } from "../model/black-box";
import type { Facts, Model } from "../model/model";
import { checkFacts, checkFactsFit } from "./check-facts";
import { onEngine } from "./choice";
import { DelegatingModel } from "./delegating-model";
import { EagerModel } from "./eager/eager-model";
import type { Adapter, Tf } from "./tfjs/adapter";
import { graphModelAdapter } from "./tfjs/graph-model";
import { withJoinedLookUps } from "./tfjs/joined-look-ups";
import { layersModelAdapter } from "./tfjs/layers-model";
import { withRowsTogether } from "./tfjs/rows-together";
import { type TensorModel, tensorFunctionAdapter } from "./tfjs/tensor-function";
import { tfjs } from "./tfjs/tf";

export { onChosenEngine } from "./choice";
export { type TensorModel, tap } from "./tfjs/tensor-function";

/** A tfjs LayersModel, by structure: any copy of tfjs may have made it. */
export interface LayersModelLike {
  readonly inputs: readonly unknown[];
  readonly outputs: readonly unknown[];
  readonly layers: readonly unknown[];
  apply(inputs: any, kwargs?: any): any;
}

/** A tfjs GraphModel, by structure. */
export interface GraphModelLike {
  readonly inputs: readonly unknown[];
  readonly outputs: readonly unknown[];
  execute(inputs: any, outputs?: any): any;
}

/** Everything that can be explained. */
export type Net = Model | LayersModelLike | GraphModelLike | TensorModel;

/** Models made without facts, so that a bare net is examined once. */
const bare = new WeakMap<object, Model>();

/**
 * A model that can be explained, with what is true of it.
 *
 * @param net a tfjs LayersModel, a GraphModel (without asynchronous control flow), a plain function from tensors
 *   (batch axis first) to tensors, or a Model. A batch size that a model was made for does not bind: it is run as often
 *   as there are examples. Of a GraphModel the facts `from` and `to` name nodes between which it is explained. A recurrent layer with `stateful: true` starts from zeros, as after `resetStates()`, and
 *   its states stay as they are.
 *   With the fact `outputs` a function is a black box: of arrays, without gradients.
 * @param facts class and feature names, axes, preprocessing, input range, memory cap; see `Facts`.
 * @throws TypeError for anything else; UnsupportedOperationError naming the ops for asynchronous control flow.
 */
export function asModel(net: Net, facts?: Facts): Model {
  checkFacts(facts);
  if (isModel(net)) {
    if (facts === undefined) return net;
    for (const name of ["inputs", "outputs"] as const)
      if (facts[name] !== undefined)
        throw outOfRange("asModel", `${name} to be told of the function itself`, "a Model");
    for (const name of ["rows", "from", "to"] as const)
      if (facts[name] !== undefined)
        throw outOfRange("asModel", `${name} to be told of the net itself`, "a Model");
    checkFactsFit(facts, net.inputs);
    if (net instanceof EagerModel) return onEngine(net.withFacts(facts), facts.engine);
    if (net instanceof DelegatingModel) {
      return onEngine(net.reference.withFacts(facts), facts.engine ?? net.engine);
    }
    if (net instanceof BlackBox) return net.withFacts(facts);
    throw wrongType("asModel", "a net when facts are given", "a Model");
  }
  if (facts !== undefined) return makeModel(net, facts);
  if ((typeof net === "object" && net !== null) || typeof net === "function") {
    const known = bare.get(net) ?? makeModel(net, {});
    bare.set(net, known);
    return known;
  }
  return makeModel(net, {});
}

/** A model on the engine of its facts. A plain function may close over anything, and stays eager unless told else. */
function makeModel(net: Net, facts: Facts): Model {
  if (facts.inputs !== undefined && typeof net !== "function")
    throw outOfRange("asModel", "inputs to be told of a plain function", "a model, which knows its own");
  if ((facts.from !== undefined || facts.to !== undefined) && !isGraphModel(net))
    throw outOfRange("asModel", "from and to to be told of a GraphModel", shown(net));
  if (facts.outputs !== undefined) return blackBox(net, facts);
  const model = makeEagerModel(net, facts);
  checkFactsFit(facts, model.inputs);
  return onEngine(model, facts.engine ?? (model.adapter.fixed ? "auto" : "eager"));
}

function blackBox(net: Net, facts: Facts): BlackBox {
  if (typeof net !== "function")
    throw outOfRange("asModel", "outputs to be told of a function of arrays", "a model, which knows its own");
  if (facts.preprocess !== undefined)
    throw outOfRange("asModel", "no preprocess for a black box, which can do that itself", "a function");
  if (facts.engine !== undefined && facts.engine !== "auto")
    throw outOfRange("asModel", "no engine for a black box", shown(facts.engine));
  const box = new BlackBox(net, facts);
  checkFactsFit(facts, box.inputs);
  return box;
}

function makeEagerModel(net: Net, facts: Facts): EagerModel {
  const tf: Tf = tfjs();
  const eager = (adapt: () => Adapter): EagerModel =>
    new EagerModel(tf, facts.rows === "together" ? () => withRowsTogether(tf, adapt()) : adapt, facts);
  const like = net as unknown as Record<string, unknown> | null;
  if (typeof net === "function") return eager(() => tensorFunctionAdapter(tf, net, facts));
  if (like !== null && typeof like === "object") {
    if (Array.isArray(like.layers) && typeof like.apply === "function") {
      if (!isBuilt(like))
        throw wrongType("asModel", "a model that was built", "a Sequential without an input shape");
      return eager(() => withJoinedLookUps(tf, layersModelAdapter(tf, net as never)));
    }
    if (isGraphModel(net)) {
      return eager(() => withJoinedLookUps(tf, graphModelAdapter(tf, net as never, facts)));
    }
  }
  throw wrongType("asModel", "a LayersModel, a GraphModel or a function of tensors", shown(net));
}

/** The user's own net behind a model; undefined of a function, and where something stands before, behind or around the net. */
export function netBehind(model: Model): unknown {
  const { preprocess, rows, from, to } = model.facts;
  if (preprocess !== undefined || rows !== undefined || from !== undefined || to !== undefined)
    return undefined;
  if (model instanceof EagerModel) return model.adapter.source;
  return model instanceof DelegatingModel ? model.reference.adapter.source : undefined;
}

function isGraphModel(net: unknown): boolean {
  if (typeof net !== "object" || net === null) return false;
  return typeof (net as Partial<GraphModelLike>).execute === "function" && "executor" in net;
}

function isModel(net: unknown): net is Model {
  return (
    typeof net === "object" &&
    net !== null &&
    typeof (net as Partial<Model>).gradient === "function" &&
    "facts" in net
  );
}

function isBuilt(model: Record<string, unknown>): boolean {
  return (
    Array.isArray(model.inputs) &&
    model.inputs.length > 0 &&
    Array.isArray(model.outputs) &&
    model.outputs.length > 0
  );
}
