/**
 * Recurrent layers recorded as loops: one step as the body of an operator, however many there are. Written out, a sequence of
 * some hundred steps has tens of thousands of operators, which take longer to record and to load than to run.
 *
 * The gradient is a loop that goes the other way. Its body is what one step's cotangents become on their way back through
 * that step; values of the way forward that this reads are handed over as sequences of their own.
 */
import type { Tensor, Tf } from "../tfjs/adapter";
import { engineOf } from "../tfjs/kernel-watch";
import type { Recurrence, RecurrenceAnswer, RunRecurrence, Step } from "../tfjs/recurrence";
import { producersOf } from "./analysis/producers";
import { filledConstant, GraphBuilder, makeValue, same } from "./builder";
import { type Graph, type GraphNode, isConstant, type Port, type Value } from "./graph";
import { operand } from "./operands";
import { eliminateDeadCode } from "./passes/eliminate-dead-code";
import { type KernelTensor, RECORDER_BACKEND, type Recorder } from "./recorder";

/** The kernel that stands for a loop on tfjs's tape. */
const LOOP_KERNEL = "RecurrentLoop";

/** Steps from which a loop is loaded so much faster that running it, which takes a little longer, does not matter. */
const LOOP_STEPS = 24;

/** The axis of steps in sequences. */
const STEPS = 1;

/** Operators that leave an output's last activation what it is; its logits are looked for outside of a loop. */
const HEADS: ReadonlySet<string> = new Set(["Sigmoid", "Softmax", "Reshape", "Slice", "Identity"]);

/** A loop on its way into a recording, as the kernel's attribute. */
interface LoopAttributes {
  readonly loop: RecordedLoop;
}

/** Inputs and outputs of a step, as values of its body. */
interface StepValues {
  readonly x: Value;
  readonly mask: Value | undefined;
  readonly states: readonly Value[];
  readonly output: Value;
  readonly after: readonly Value[];
  readonly nodes: readonly GraphNode[];
}

/** Has recurrences recorded as loops, where they have many steps of as many rows as the recording. */
export function loopsOf(tf: Tf, recorder: Recorder, rows: number): RunRecurrence {
  installLoops(tf);
  return (recurrence) => {
    const { x, states, mask } = recurrence;
    const alike = [x, ...states].every(({ shape, dtype }) => shape[0] === rows && dtype === "float32");
    if (stepsIn(x) < LOOP_STEPS || !alike || mask?.shape[STEPS] === 1 || isConstant(recorder.value(x)))
      return undefined;
    const loop = RecordedLoop.of(tf, recorder, recurrence);
    return loop?.answer();
  };
}

/** One recurrence as a loop of the graph that is being recorded. */
class RecordedLoop {
  readonly #tf: Tf;
  readonly #recorder: Recorder;
  readonly #recurrence: Recurrence;
  readonly #step: StepValues;
  /** Whether the output of a step is the first of its states, so that the last one needs no sequence. */
  readonly #outputIsState: boolean;
  /** Values that go in: the states before the first step, the sequence and the mask. */
  #inputs: { states: Value[]; sequences: Value[] } = { states: [], sequences: [] };
  #node: GraphNode | undefined;

  /** Undefined where a step cannot be one of a loop: it reads what is outside, or its states change their shapes. */
  static of(tf: Tf, recorder: Recorder, recurrence: Recurrence): RecordedLoop | undefined {
    const step = recordStep(tf, recorder, recurrence);
    const { states, after, output } = step;
    const sameShapes =
      states.length === after.length && states.every(({ shape }, i) => same(shape, after[i].shape));
    if (!sameShapes || isConstant(output) || output.shape[0] !== states[0].shape[0]) return undefined;
    const body = bodyOf(step, [...after, output]);
    if (!isClosed(body) || isHead(body, output)) return undefined;
    return new RecordedLoop(tf, recorder, recurrence, step);
  }

  private constructor(tf: Tf, recorder: Recorder, recurrence: Recurrence, step: StepValues) {
    this.#tf = tf;
    this.#recorder = recorder;
    this.#recurrence = recurrence;
    this.#step = step;
    this.#outputIsState = step.output === step.after[0];
  }

  /** The values that the layer gives, on tfjs's tape. */
  answer(): RecurrenceAnswer {
    const { x, mask, states, sequences } = this.#recurrence;
    const inputs = Object.fromEntries([
      ...states.map((state, i) => [stateName(i), state] as const),
      ["x", x],
      ...(mask ? [["mask", mask] as const] : []),
    ]);
    const attributes: LoopAttributes = { loop: this };
    const all = (
      engineOf(this.#tf) as unknown as {
        runKernel(name: string, inputs: object, attributes: object): Tensor[];
      }
    ).runKernel(LOOP_KERNEL, inputs, attributes);
    const after = all.slice(0, states.length);
    if (!this.#givesSequence) return { output: after[0], states: after };
    const whole = all[states.length];
    if (sequences) return { output: whole, states: after };
    const [rows, steps, ...extents] = whole.shape;
    const begin = [0, steps - 1, ...extents.map(() => 0)];
    const last = whole.slice(begin, [rows, 1, ...extents]).reshape([rows, ...extents]);
    return { output: last, states: after };
  }

  get #givesSequence(): boolean {
    return this.#recurrence.sequences || !this.#outputIsState;
  }

  /** Adds the loop to the graph; gives what it computes. */
  forward(inputs: Readonly<Record<string, KernelTensor>>): KernelTensor[] {
    const { backwards, states, mask, x } = this.#recurrence;
    const { output, after } = this.#step;
    const read = (name: string): Value => this.#recorder.value(inputs[name], LOOP_KERNEL);
    this.#inputs = {
      states: states.map((_, i) => read(stateName(i))),
      sequences: [read("x"), ...(mask ? [read("mask")] : [])],
    };
    const stacked = this.#givesSequence ? [output] : [];
    this.#node = loopNode({
      states: this.#inputs.states,
      sequences: this.#inputs.sequences.map((value) => ({ value, axis: STEPS, backwards })),
      body: bodyOf(this.#step, [...after, ...stacked]),
      stacked: stacked.map(({ shape, dtype }) => ({
        value: sequence(shape, stepsIn(x), dtype),
        axis: STEPS,
        backwards: false,
      })),
    });
    this.#recorder.graph.nodes.push(this.#node);
    return this.#node.outputs.map((value) => this.#recorder.info(value));
  }

  /** Adds the loop of the gradient; gives cotangents of what went in, by the names of the kernel's inputs. */
  backward(dys: readonly Tensor[]): ReadonlyMap<string, Value> {
    const { x, backwards, states, mask } = this.#recurrence;
    const forward = this.#node as GraphNode;
    const steps = stepsIn(x);
    const back = recordStepBack(this.#tf, this.#recorder, this.#recurrence, this.#givesSequence);
    const { step } = back;
    const given = [step.x, ...(step.mask ? [step.mask] : [])];
    const saved = back.read.filter((value) => !given.includes(value));
    // Steps first: loops alone read these, and sequences in another order are turned around on their way in and out.
    const stacks = saved.map(({ shape, dtype }) => makeValue([steps, ...shape], dtype));
    const shown = this.#givesSequence ? [step.output] : [];
    const nodes = this.#recorder.graph.nodes;
    const kept: GraphNode = {
      ...forward,
      body: bodyOf(step, [...step.after, ...shown, ...saved]),
      outputs: [...forward.outputs, ...stacks],
      attributes: {
        ...forward.attributes,
        scan_output_axes: [...shown.map(() => STEPS), ...saved.map(() => 0)],
        scan_output_directions: [...shown, ...saved].map(() => 0),
      },
    };
    nodes[nodes.lastIndexOf(forward)] = kept;
    this.#node = kept;

    const cotangents = dys.map((dy) => this.#recorder.value(dy, LOOP_KERNEL));
    const needed = given.flatMap((value, i) =>
      back.read.includes(value)
        ? [{ inBody: value, value: this.#inputs.sequences[i], axis: STEPS, backwards: !backwards }]
        : [],
    );
    const sequences = [
      ...needed,
      ...saved.map((inBody, i) => ({ inBody, value: stacks[i], axis: 0, backwards: true })),
      ...back.dOutput.map((inBody, i) => ({
        inBody,
        value: cotangents[states.length + i],
        axis: STEPS,
        backwards: true,
      })),
    ];
    const inputs = [...back.dStates, ...sequences.map(({ inBody }) => inBody)];
    const loop = loopNode({
      states: cotangents.slice(0, states.length),
      sequences,
      body: body(inputs, [...back.dBefore, back.dx], back.nodes),
      stacked: [{ value: sequence(back.dx.shape, steps, "float32"), axis: STEPS, backwards: !backwards }],
    });
    nodes.push(loop);
    return new Map([
      ...states.map((_, i) => [stateName(i), loop.outputs[i]] as const),
      ["x", loop.outputs[states.length]],
      // A mask is made of comparisons, which let no gradient pass.
      ...(mask ? [["mask", zeros(mask.shape)] as const] : []),
    ]);
  }

  /** The names of the kernel's inputs, and a gradient for each of them. */
  gradients(dys: readonly Tensor[]): Record<string, () => Tensor> {
    const { states, mask } = this.#recurrence;
    let found: ReadonlyMap<string, Value> | undefined;
    const names = [...states.map((_, i) => stateName(i)), "x", ...(mask ? ["mask"] : [])];
    return Object.fromEntries(
      names.map((name) => [
        name,
        // A tensor of its own each time: tfjs disposes of those that it has read.
        () => {
          found ??= this.backward(dys);
          return this.#recorder.tensor(found.get(name) as Value);
        },
      ]),
    );
  }
}

function zeros(shape: readonly number[]): Value {
  return filledConstant(0, shape, "float32");
}

function stateName(index: number): string {
  return `state${index}`;
}

/** Ports of a loop's body: numbered, since a loop knows them by their places. */
function body(inputs: readonly Value[], outputs: readonly Value[], nodes: readonly GraphNode[]): Graph {
  return eliminateDeadCode({
    inputs: inputs.map((value, i) => ({ name: `in${i}`, value })),
    outputs: outputs.map((value, i): Port => ({ name: `out${i}`, value })),
    nodes,
  });
}

function bodyOf({ states, x, mask, nodes }: StepValues, outputs: readonly Value[]): Graph {
  return body([...states, x, ...(mask ? [mask] : [])], outputs, nodes);
}

/** The number of steps in a sequence. */
function stepsIn({ shape }: Tensor): number {
  return shape[STEPS] as number;
}

/** So many steps of a value of this shape. */
function sequence([rows, ...extents]: readonly number[], steps: number, dtype: Value["dtype"]): Value {
  return makeValue([rows, steps, ...extents], dtype);
}

interface Sequence {
  readonly value: Value;
  /** The axis of its steps. */
  readonly axis: number;
  readonly backwards: boolean;
}

/** ONNX's loop over sequences: states that go from step to step, and what each step reads and gives. */
function loopNode(loop: {
  readonly states: readonly Value[];
  readonly sequences: readonly Sequence[];
  readonly body: Graph;
  readonly stacked: readonly Sequence[];
}): GraphNode {
  const { states, sequences, stacked } = loop;
  const directions = (all: readonly Sequence[]): number[] => all.map(({ backwards }) => (backwards ? 1 : 0));
  return {
    operator: "Scan",
    inputs: [...states, ...sequences.map(({ value }) => value)],
    outputs: [
      ...states.map(({ shape, dtype }) => makeValue(shape, dtype)),
      ...stacked.map(({ value }) => value),
    ],
    attributes: {
      num_scan_inputs: sequences.length,
      scan_input_axes: sequences.map(({ axis }) => axis),
      scan_input_directions: directions(sequences),
      scan_output_axes: stacked.map(({ axis }) => axis),
      scan_output_directions: directions(stacked),
    },
    body: loop.body,
  };
}

/** True of a body that reads nothing from outside but constants. */
function isClosed({ inputs, nodes, outputs }: Graph): boolean {
  const known = new Set(inputs.map(({ value }) => value));
  const isKnown = (value: Value | undefined): boolean => !value || isConstant(value) || known.has(value);
  for (const node of nodes) {
    if (!node.inputs.every(isKnown)) return false;
    for (const value of node.outputs) known.add(value);
  }
  return outputs.every(({ value }) => isKnown(value));
}

/** True of an output that a softmax or sigmoid gives. */
function isHead(graph: Graph, output: Value): boolean {
  const producers = producersOf(graph);
  let node = producers.get(output);
  for (; node && HEADS.has(node.operator); node = producers.get(operand(node, 0)))
    if (node.operator === "Sigmoid" || node.operator === "Softmax") return true;
  return false;
}

/** Tensors of one step's inputs, and the values that they stand for. */
function entering(
  recorder: Recorder,
  { x, mask, states }: Recurrence,
): {
  tensors: { x: Tensor; mask: Tensor | undefined; states: Tensor[] };
  values: Pick<StepValues, "x" | "mask" | "states">;
} {
  const oneStep = ({ shape: [rows, , ...extents] }: Tensor): Value =>
    makeValue([rows, ...extents], "float32");
  const values = {
    x: oneStep(x),
    mask: mask && oneStep(mask),
    states: states.map(({ shape }) => makeValue(shape, "float32")),
  };
  const tensors = {
    x: recorder.tensor(values.x),
    mask: values.mask && recorder.tensor(values.mask),
    states: values.states.map((value) => recorder.tensor(value)),
  };
  return { tensors, values };
}

/** Records one step into a graph of its own. */
function recordStep(tf: Tf, recorder: Recorder, recurrence: Recurrence): StepValues {
  const builder = new GraphBuilder();
  return apart(tf, recorder, builder, () => {
    const { tensors, values } = entering(recorder, recurrence);
    const { output, states } = recurrence.step(tensors.x, tensors.states, tensors.mask);
    return {
      ...values,
      output: recorder.value(output),
      after: states.map((state) => recorder.value(state)),
      nodes: builder.nodes,
    };
  });
}

/** One step and the way back through it. */
interface StepBack {
  readonly step: StepValues;
  /** Cotangents of the states behind the step, and that of its output where it is given. */
  readonly dStates: readonly Value[];
  readonly dOutput: readonly Value[];
  /** Cotangents of what went in. */
  readonly dBefore: readonly Value[];
  readonly dx: Value;
  /** Nodes of the way back. */
  readonly nodes: readonly GraphNode[];
  /** Values of the way forward that these read. */
  readonly read: readonly Value[];
}

/** Records one step and the way back through it, into graphs of their own. */
function recordStepBack(tf: Tf, recorder: Recorder, recurrence: Recurrence, givesOutput: boolean): StepBack {
  const builder = new GraphBuilder();
  return apart(tf, recorder, builder, () => {
    const { tensors, values } = entering(recorder, recurrence);
    let done: Step | undefined;
    let forwardNodes = 0;
    let step: StepValues | undefined;
    let dStates: Value[] = [];
    let dOutput: Value[] = [];
    const scored = (): Tensor => {
      done = recurrence.step(tensors.x, tensors.states, tensors.mask);
      forwardNodes = builder.nodes.length;
      const after = done.states.map((state) => recorder.value(state));
      const output = recorder.value(done.output);
      step = { ...values, after, output, nodes: builder.nodes.slice(0, forwardNodes) };
      dStates = after.map(({ shape }) => makeValue(shape, "float32"));
      dOutput = givesOutput ? [makeValue(output.shape, "float32")] : [];
      const cotangents = (): Tensor[] => [...dStates, ...dOutput].map((value) => recorder.tensor(value));
      return backpropagatedFrom(tf, [...done.states, ...(givesOutput ? [done.output] : [])], cotangents);
    };
    const variables = [...tensors.states, tensors.x];
    const { grads } = engineOf(tf).gradients(scored, variables, undefined, true);
    const gradients = grads.map((gradient, i) => {
      const { shape } = variables[i];
      return gradient ? recorder.value(gradient) : zeros(shape);
    });
    const nodes = builder.nodes.slice(forwardNodes);
    const made = new Set<Value>([
      ...values.states,
      values.x,
      ...(values.mask ? [values.mask] : []),
      ...builder.nodes.slice(0, forwardNodes).flatMap(({ outputs }) => outputs),
    ]);
    const dBefore = gradients.slice(0, -1);
    const dx = gradients[gradients.length - 1];
    // Only what leads to cotangents is read: a recording keeps more.
    const needed = eliminateDeadCode({
      inputs: [],
      outputs: gradients.map((value, i) => ({ name: `out${i}`, value })),
      nodes,
    });
    const reads = [...needed.nodes.flatMap(({ inputs }) => inputs), ...gradients];
    const read = [...new Set(reads)].filter(
      (value): value is Value => value !== undefined && made.has(value),
    );
    return { step: step as StepValues, dStates, dOutput, dBefore, dx, nodes: needed.nodes, read };
  });
}

/** A number whose gradient at each of these values is the cotangent that is made for it. */
function backpropagatedFrom(tf: Tf, values: readonly Tensor[], cotangents: () => Tensor[]): Tensor {
  const scored = tf.customGrad(() => ({ value: tf.scalar(0), gradFunc: cotangents }));
  return scored(...values);
}

/** Records into a graph of its own, beside whatever gradient is under way. */
function apart<T>(tf: Tf, recorder: Recorder, builder: GraphBuilder, work: () => T): T {
  const { state } = engineOf(tf);
  const { activeTape, gradientDepth, kernelDepth } = state;
  Object.assign(state, { activeTape: null, gradientDepth: 0, kernelDepth: 0 });
  try {
    let result: T | undefined;
    recorder.within(builder, () =>
      tf.tidy(() => {
        result = work();
      }),
    );
    return result as T;
  } finally {
    Object.assign(state, { activeTape, gradientDepth, kernelDepth });
  }
}

/** Registers the kernel of loops with its gradient. */
function installLoops(tf: Tf): void {
  if (tf.getGradient(LOOP_KERNEL)) return;
  const loopIn = (attributes: unknown): RecordedLoop => (attributes as LoopAttributes).loop;
  tf.registerKernel({
    kernelName: LOOP_KERNEL,
    backendName: RECORDER_BACKEND,
    kernelFunc: ({ inputs, attrs }) =>
      loopIn(attrs).forward(inputs as unknown as Record<string, KernelTensor>) as never,
  });
  tf.registerGradient({
    kernelName: LOOP_KERNEL,
    gradFunc: (dys, _, attributes) => loopIn(attributes).gradients([dys].flat()),
  });
}
