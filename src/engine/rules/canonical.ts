/** The canonical form of a recorded forward pass: the same operation whichever kernels tfjs spells it with. */
import type { LayerFact } from "../../model/model";
import type { Tensor } from "../tfjs/adapter";
import {
  type CanonicalKind,
  isDepthwise,
  isShift,
  isWeighted,
  kindOf,
  outputAxis,
  SQUASHING,
  weightsName,
} from "./kinds";
import type { PathCall, Tape } from "./tape";

/** One operation on the way from the explained values to the score. */
export interface CanonicalOperation {
  /** Undefined for a kernel that the tables lack. */
  readonly kind: CanonicalKind | undefined;
  /** The kernel that gives it its kind. */
  readonly kernel: string;
  readonly layer: LayerFact | undefined;
  /** The calls that it is made of, in order of execution. */
  readonly calls: readonly PathCall[];
  /** Inputs that are explained. */
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  readonly weights?: Tensor;
  readonly bias?: Tensor;
  /** The input that passes through a gate; the others decide how much. */
  readonly signal?: number;
}

/**
 * Reads the canonical form: a bias joins the product in front of it, a squashed factor makes a product a gate.
 * @param foldsNorms whether a batch norm joins the product in front of it as well.
 */
export function canonicalForm(
  tape: Tape,
  path: readonly PathCall[],
  foldsNorms = false,
): CanonicalOperation[] {
  const operations: CanonicalOperation[] = [];
  const producer = new Map<number, number>();
  const readers = new Map<number, number>();
  for (const call of path) {
    for (const name of call.active) {
      const { id } = call.inputs[name];
      readers.set(id, (readers.get(id) ?? 0) + 1);
    }
  }
  const joined = new Set<number>();
  for (const call of path) {
    const inputs = call.active.map((name) => tape.valueOf(call.inputs[name]));
    const kind = kindOf(call.kernelName, call.active);
    let operation: CanonicalOperation = {
      kind,
      kernel: call.kernelName,
      layer: tape.layerOf(call),
      calls: [call],
      inputs,
      output: tape.valueOf(call.outputs[0]),
      ...(kind === "linear" ? parameters(tape, call) : {}),
    };
    if (kind === "product" && call.kernelName === "Multiply") {
      const squashed = call.active.map((name) => isSquashed(call.inputs[name].id, operations, producer));
      const open = squashed.flatMap((is, i) => (is ? [] : [i]));
      if (open.length === 1) operation = { ...operation, kind: "gate", signal: open[0] };
    }
    const joins = isShift(call.kernelName) || (foldsNorms && call.kernelName === "FusedBatchNorm");
    const chain =
      kind === "linear" && joins ? linearInFront(tape, call, operations, producer, readers) : undefined;
    if (chain) {
      const first = operations[chain[0]];
      const bias = operation.bias ?? first.bias;
      for (const index of chain) joined.add(index);
      operation = {
        ...first,
        calls: [...chain.flatMap((index) => operations[index].calls), call],
        output: operation.output,
        ...(bias ? { bias } : {}),
      };
    }
    for (const { id } of call.outputs) producer.set(id, operations.length);
    operations.push(operation);
  }
  return operations.filter((_, i) => !joined.has(i));
}

function parameters(tape: Tape, call: PathCall): { weights?: Tensor; bias?: Tensor } {
  const names = Object.keys(call.inputs).filter((name) => call.inputs[name] !== undefined);
  const value = (name: string): Tensor => tape.valueOf(call.inputs[name]);
  if (isShift(call.kernelName)) {
    const other = names.find((name) => !call.active.includes(name));
    return other === undefined ? {} : { bias: value(other) };
  }
  const weights = weightsName(names, call.active);
  return {
    ...(weights === undefined ? {} : { weights: withoutOnes(call, value(weights)) }),
    ...(names.includes("bias") ? { bias: value("bias") } : {}),
  };
}

/** A matrix as it is, where tfjs gives it leading axes of extent 1. */
function withoutOnes({ kernelName }: PathCall, weights: Tensor): Tensor {
  const leading = weights.shape.slice(0, -2);
  const product = kernelName === "BatchMatMul" || kernelName === "_FusedMatMul";
  const alone = product && leading.length > 0 && leading.every((extent) => extent === 1);
  return alone ? weights.reshape(weights.shape.slice(-2)) : weights;
}

/**
 * The product with weights whose result `call` shifts or normalises, and the calls between the two that only reshape it:
 * their numbers, in order. Undefined where something else reads what is between, or there is no such product.
 */
function linearInFront(
  tape: Tape,
  call: PathCall,
  operations: readonly CanonicalOperation[],
  producer: ReadonlyMap<number, number>,
  readers: ReadonlyMap<number, number>,
): number[] | undefined {
  const chain: number[] = [];
  let current = call;
  for (;;) {
    const { id } = current.inputs[current.active[0]];
    const index = producer.get(id);
    if (index === undefined || readers.get(id) !== 1) return undefined;
    const operation = operations[index];
    chain.unshift(index);
    if (operation.kind === "linear" && isWeighted(operation.kernel)) {
      const takes = isShift(call.kernelName)
        ? operation.bias === undefined
        : takesNorm(tape, call, operation);
      return takes ? chain : undefined;
    }
    if (operation.kernel !== "Reshape" && operation.kernel !== "Identity") return undefined;
    current = operation.calls[0];
  }
}

/** True of a product that a norm can be folded into: its outputs are its last axis, with one bias each, and it has none yet. */
function takesNorm(tape: Tape, norm: PathCall, { calls, bias }: CanonicalOperation): boolean {
  const [product] = calls;
  const { kernelName, active } = product;
  if (calls.some((call) => call.kernelName === "FusedBatchNorm")) return false;
  if (bias && bias.size !== norm.inputs.mean.size) return false;
  return isDepthwise(kernelName) || outputAxis(kernelName, active, tape.attributesOf(product)) !== undefined;
}

/** True of a value from a squashing kernel, by way of moves and affine maps only. */
function isSquashed(
  id: number,
  operations: readonly CanonicalOperation[],
  producer: ReadonlyMap<number, number>,
): boolean {
  let index = producer.get(id);
  while (index !== undefined) {
    const { kernel, kind, calls } = operations[index];
    if (SQUASHING.has(kernel)) return true;
    if (kind !== "move" && !(kind === "linear" && !isWeighted(kernel))) return false;
    const call = calls[0];
    index = producer.get(call.inputs[call.active[0]].id);
  }
  return false;
}
