/** Records what is asked of a model as a graph: outputs, scores, gradients, for one number of rows. */
import type { Facts, Head, InputFact } from "../../model";
import type { Explain, ResolvedTarget } from "../../target";
import { sizeOf } from "../../tensor";
import type { Adapter, Tensor, Tf } from "../eager/adapter";
import { installCorrections } from "../eager/corrections";
import { dependence } from "../eager/dependence";
import { explained, HeadFinder, type OutputEnd } from "../eager/head";
import { engineOf, unfused, watchingKernels } from "../eager/kernel-watch";
import { makeConstant, makeValue } from "./builder";
import { withoutDeadCode } from "./dead-code";
import type { Graph, Port, Value } from "./graph";
import { Recorder } from "./recorder";

/** What a graph is to compute. Targets that weigh outputs share one graph: the weights are its input `mask`. */
export interface GraphAsk {
  readonly explain: Explain;
  /** The output that is scored; none for a graph that gives the outputs themselves. */
  readonly output?: number;
  /** Numbers of the inputs to differentiate at. */
  readonly at: readonly number[];
}

/** A recorded graph and what was learned on the way. */
export interface Recording {
  readonly graph: Graph;
  readonly heads: readonly Head[];
  /** For each of `at`, whether the score depends on it. */
  readonly depends: readonly boolean[];
}

/** Records a model at inputs of the given shapes. */
export function record(
  tf: Tf,
  adapter: Adapter,
  facts: Facts,
  shapes: readonly (readonly number[])[],
  ask: GraphAsk,
): Recording {
  engineOf(tf).findBackend("cpu");
  installCorrections(tf);
  const recorder = new Recorder(tf);
  const heads = new HeadFinder(tf);
  const inputs: Port[] = shapes.map((shape, i) => ({
    name: `input${i}`,
    value: makeValue(shape, (adapter.inputs[i] as InputFact).dtype),
  }));
  const outputs: Port[] = [];
  let mask: Value | undefined;
  let ends: OutputEnd[] = [];
  let depends: boolean[] = [];
  let forwardDone = false;
  const compute = (): void => {
    const tensors = inputs.map(({ value }) => recorder.tensor(value));
    const forward = (): readonly Tensor[] => {
      const { preprocess } = facts;
      const prepared = preprocess
        ? tensors.map((t) => (t.dtype === "float32" ? (preprocess(t) as Tensor) : t))
        : tensors;
      const run = adapter.run(prepared, { replace: new Map(), capture: [] });
      ends = run.outputs.map((output) => heads.endOf(output));
      return run.outputs;
    };
    if (ask.output === undefined) {
      unfused(tf, () => forward()).forEach((tensor, i) => {
        const form = explained(tf, tensor, ends[i] as OutputEnd, ask.explain);
        outputs.push({ name: `output${i}`, value: recorder.value(form) });
      });
      return;
    }
    const index = ask.output;
    const scored = (): Tensor => {
      const raw = forward()[index] as Tensor;
      const form = explained(tf, raw, ends[index] as OutputEnd, ask.explain);
      mask = makeValue(form.shape, "float32");
      const scores = form
        .mul(recorder.tensor(mask))
        .reshape([form.shape[0] as number, -1])
        .sum(1);
      outputs.push({ name: "scores", value: recorder.value(scores) });
      return scores;
    };
    if (ask.at.length === 0) {
      unfused(tf, scored);
      return;
    }
    const variables = ask.at.map((i) => tensors[i] as Tensor);
    const engine = engineOf(tf);
    const { grads } = engine.gradients(
      () => {
        const total = scored().sum();
        depends = dependence(engine.state.activeTape ?? [], variables, total);
        forwardDone = true;
        return total;
      },
      variables,
      undefined,
      true,
    );
    grads.forEach((gradient, i) => {
      const { shape } = variables[i] as Tensor;
      const value = gradient
        ? recorder.value(gradient)
        : makeConstant(new Float32Array(sizeOf(shape)), shape, "float32");
      outputs.push({ name: `gradient${i}`, value });
    });
  };
  recorder.run(() => {
    try {
      watchingKernels(
        tf,
        (call, result) => {
          if (!forwardDone) heads.saw(call, result);
        },
        compute,
      );
    } finally {
      heads.dispose();
    }
  });
  const all: Port[] = mask ? [...inputs, { name: "mask", value: mask }] : inputs;
  return {
    graph: withoutDeadCode({ inputs: all, outputs, nodes: recorder.graph.nodes }),
    heads: ends.map((end) => end.head),
    depends,
  };
}

/** Whether a target is a weighted sum of outputs, which graphs take as their input `mask`. */
export function isWeightedSum(
  of: ResolvedTarget,
): of is ResolvedTarget & { readonly score: Extract<ResolvedTarget["score"], { kind: "mask" }> } {
  return of.score.kind === "mask";
}
