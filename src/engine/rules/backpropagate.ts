/** Backpropagates relevance from the score to the explained values, each operation by the row that a rule has for it. */
import { UnsupportedOperationError } from "../../check";
import type { BackwardRule, NamedOperation } from "../../model/model";
import type { Tensor, Tf } from "../tfjs/adapter";
import { type CanonicalOperation, canonicalForm } from "./canonical";
import { isWeighted, linearForm, MASKING } from "./kinds";
import { modifiedLinear } from "./modified-linear";
import type { Row, StepValues } from "./step";
import { accumulate, callsBetween, type PathCall, type Tape, vjp } from "./tape";

/** One forward pass: one score per row out of the variables. */
export interface ForwardPass {
  readonly tape: Tape;
  readonly variables: readonly Tensor[];
  readonly scores: Tensor;
}

/** What a rule makes of a score. */
export interface Backpropagated {
  /** Relevance of each variable; undefined where the scores do not depend on it. */
  readonly relevance: readonly (Tensor | undefined)[];
  /** Operations that the rule left to the plain gradient. */
  readonly plain: readonly NamedOperation[];
}

/** The last calls of a score that weighs the entries of a value; they belong to the request, not to the model. */
const WEIGHING: readonly string[] = ["Sum", "Reshape", "Multiply"];

/**
 * Relevance that `rule` backpropagates from the scores to each variable.
 *
 * @throws UnsupportedOperationError naming operation and layer where the rule has no row.
 */
export function backpropagate(
  tf: Tf,
  rule: BackwardRule,
  pass: ForwardPass,
  reference?: ForwardPass,
): Backpropagated {
  const path = callsBetween(pass.tape.calls, pass.variables, pass.scores);
  const found = new Map<number, Tensor>();
  const explained = beforeWeighing(path, pass.scores, found, tf);
  const operations = canonicalForm(pass.tape, path, rule.foldsNorms);
  checkCovered(rule, operations);
  const twins = reference && twinsOf(rule, operations, twinForm(reference, rule, tf));
  const places = placesOf(operations);
  const weights = found.get(explained.id) as Tensor;
  if (rule.starts === "relevance") found.set(explained.id, weights.mul(pass.tape.valueOf(explained)));
  for (let i = operations.length - 1; i >= 0; i--) {
    const operation = operations[i];
    const { kind, calls } = operation;
    const [call, last] = [calls[0], calls[calls.length - 1]];
    const incoming = last.outputs.map(({ id }) => found.get(id));
    if (incoming.every((relevance) => relevance === undefined) || MASKING.has(operation.kernel)) continue;
    let led: ReturnType<Row>;
    if (kind === "move" || kind === undefined) led = vjp(call, incoming, "gradient");
    else if (incoming[0] !== undefined) {
      const row = rule.rows[kind] as Row;
      const twin = twins?.[i];
      const modified = kind === "linear" ? modifiedLinear(tf, pass.tape, operation) : undefined;
      led = row({
        ...operation,
        ...valuesOf(operation),
        ...(twin ? { reference: valuesOf(twin) } : {}),
        ...(kind === "linear" ? { form: linearForm(operation.kernel) } : {}),
        ...(modified ? { modified } : {}),
        tf,
        kind,
        place: places[i],
        incoming: incoming[0],
      });
    }
    if (led === undefined) throw uncovered(rule, operation);
    for (const [k, name] of call.active.entries()) {
      const relevance = led[k];
      if (relevance !== undefined) accumulate(found, call.inputs[name], relevance);
    }
  }
  return { relevance: pass.variables.map(({ id }) => found.get(id)), plain: leftPlain(rule, operations) };
}

/** Operations that a rule leaves to the plain gradient, each once. */
function leftPlain({ plainAt }: BackwardRule, operations: readonly CanonicalOperation[]): NamedOperation[] {
  const found = new Map<string, NamedOperation>();
  for (const { kernel, kind, layer } of operations) {
    if (kind === undefined || kind === "move" || !plainAt?.(kernel, kind)) continue;
    const named = { operation: kernel, ...(layer ? { layer: layer.name } : {}) };
    found.set(JSON.stringify(named), named);
  }
  return [...found.values()];
}

/** Takes the calls that weigh entries off the path; gives the value that they weigh, its weights in `found`. */
function beforeWeighing(path: PathCall[], scores: Tensor, found: Map<number, Tensor>, tf: Tf): Tensor {
  let explained = scores;
  let weights: Tensor = tf.ones(scores.shape);
  const tail = path.slice(-WEIGHING.length).reverse();
  if (tail.map(({ kernelName }) => kernelName).join() === WEIGHING.join()) {
    for (const call of tail) {
      if (call.active.length > 1 || call.outputs[0]?.id !== explained.id) break;
      weights = vjp(call, [weights], "gradient")[0];
      explained = call.inputs[call.active[0]];
      path.pop();
    }
  }
  found.set(explained.id, weights);
  return explained;
}

function twinForm(
  { tape, variables, scores }: ForwardPass,
  { foldsNorms }: BackwardRule,
  tf: Tf,
): CanonicalOperation[] {
  const path = callsBetween(tape.calls, variables, scores);
  beforeWeighing(path, scores, new Map(), tf);
  return canonicalForm(tape, path, foldsNorms);
}

function valuesOf({ calls, inputs, output }: CanonicalOperation): StepValues {
  return {
    inputs,
    output,
    back(relevance) {
      let led = [relevance];
      for (let i = calls.length - 1; i >= 0; i--) {
        const call = calls[i];
        // Only what multiplies has several inputs, and nothing is joined in front of that.
        led = vjp(call, [led[0], ...call.outputs.slice(1).map(() => undefined)], "gradient");
      }
      return led;
    },
  };
}

function checkCovered(rule: BackwardRule, operations: readonly CanonicalOperation[]): void {
  const missing = operations.find(
    ({ kind }) => kind === undefined || (kind !== "move" && rule.rows[kind] === undefined),
  );
  if (missing) throw uncovered(rule, missing);
}

function uncovered(
  rule: BackwardRule,
  { kernel, kind, layer }: CanonicalOperation,
): UnsupportedOperationError {
  const operation = `${kernel}${kind === undefined ? "" : ` (${kind})`}`;
  const where = layer === undefined ? "" : ` in layer ${JSON.stringify(layer.name)} (${layer.kind})`;
  return new UnsupportedOperationError(
    `gradient(): expected operations that the rule ${rule.name} covers, got ${operation}${where}`,
  );
}

/** The operations of the reference pass, which are the same unless the model looks at its own values. */
function twinsOf(
  rule: BackwardRule,
  operations: readonly CanonicalOperation[],
  twins: readonly CanonicalOperation[],
): readonly CanonicalOperation[] {
  const other = operations.findIndex(
    ({ kernel, kind }, i) => twins[i]?.kernel !== kernel || twins[i]?.kind !== kind,
  );
  if (other < 0 && twins.length === operations.length) return twins;
  const { kernel } = operations[other] ?? twins[operations.length];
  throw new UnsupportedOperationError(
    `gradient(): expected the same operations at the reference as at the input for the rule ${rule.name}, got another one at ${kernel}`,
  );
}

/** For each operation, whether it is a product with weights and the first of its kind on every way, or the last. */
function placesOf(operations: readonly CanonicalOperation[]): { first: boolean; last: boolean }[] {
  const isProduct = ({ kind, weights, kernel }: CanonicalOperation): boolean =>
    kind === "linear" && weights !== undefined && isWeighted(kernel);
  const behind = new Set<number>();
  const first = operations.map((operation) => {
    const { calls } = operation;
    const [call, last] = [calls[0], calls[calls.length - 1]];
    const follows = call.active.some((name) => behind.has(call.inputs[name].id));
    if (follows || isProduct(operation)) for (const { id } of last.outputs) behind.add(id);
    return isProduct(operation) && !follows;
  });
  const before = new Set<number>();
  const last = operations.map(() => false);
  for (let i = operations.length - 1; i >= 0; i--) {
    const { calls } = operations[i];
    const [call, end] = [calls[0], calls[calls.length - 1]];
    const leads = end.outputs.some(({ id }) => before.has(id));
    if (leads || isProduct(operations[i])) {
      for (const name of call.active) before.add(call.inputs[name].id);
    }
    last[i] = isProduct(operations[i]) && !leads;
  }
  return operations.map((_, i) => ({ first: first[i], last: last[i] }));
}
