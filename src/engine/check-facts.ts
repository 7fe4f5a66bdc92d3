/** The check of facts: a form that can be, and one that fits the inputs of the model that they are told of. */
import { checkInteger, checkName, checkOptions, outOfRange, shown, wrongType } from "../check";
import { type Axis, ENGINE_CHOICES, type Facts, type InputFact } from "../model/model";
import { checkNamed, type Named, numberNamed } from "../model/names";
import { checkTokens } from "../model/tokenizer";

const FACT_NAMES = [
  "classes",
  "features",
  "tokens",
  "inputs",
  "outputs",
  "from",
  "to",
  "axes",
  "range",
  "ink",
  "preprocess",
  "data",
  "padId",
  "rows",
  "engine",
  "maxBytes",
  "cacheBytes",
];
const AXES: readonly Axis[] = ["height", "width", "depth", "channel", "time", "feature", "token", "unit"];
const DTYPES = ["float32", "int32", "bool"] as const;

/** Throws where a fact has no form that it may have. */
export function checkFacts(facts: Facts | undefined): void {
  checkOptions("asModel", facts, FACT_NAMES);
  if (facts === undefined) return;
  checkTexts("classes", facts.classes);
  checkTexts("features", facts.features);
  checkTokens(facts.tokens);
  if (facts.inputs !== undefined) checkInputs(facts.inputs);
  if (typeof facts.outputs === "number") checkInteger("asModel", "outputs", facts.outputs, 1);
  else checkTexts("outputs", facts.outputs);
  checkNodes("from", facts.from);
  checkNodes("to", facts.to);
  if (facts.axes !== undefined) for (const axes of axisLists(facts.axes)) checkAxes(axes);
  if (facts.range !== undefined) {
    const [low, high] = Array.isArray(facts.range) ? (facts.range as [number, number]) : [0, 0];
    if (!(Number.isFinite(low) && Number.isFinite(high) && low < high)) {
      throw wrongType("asModel", "range to be [smallest, largest]", shown(facts.range));
    }
  }
  if (facts.ink !== undefined) checkName("asModel", "ink", facts.ink, ["dark", "light"]);
  if (facts.preprocess !== undefined && typeof facts.preprocess !== "function") {
    throw wrongType("asModel", "preprocess to be a function of a tensor", shown(facts.preprocess));
  }
  if (facts.maxBytes !== undefined) checkInteger("asModel", "maxBytes", facts.maxBytes, 1);
  if (facts.cacheBytes !== undefined) checkInteger("asModel", "cacheBytes", facts.cacheBytes, 0);
  if (facts.padId !== undefined) checkInteger("asModel", "padId", facts.padId, 0);
  if (facts.rows !== undefined) checkName("asModel", "rows", facts.rows, ["together"]);
  if (facts.engine !== undefined) checkName("asModel", "engine", facts.engine, ENGINE_CHOICES);
}

/** Throws where axes are named of an input that the model does not have, or of other axes than it has. */
export function checkFactsFit({ axes }: Facts, inputs: readonly InputFact[]): void {
  if (axes === undefined) return;
  if (!Array.isArray(axes))
    for (const name of Object.keys(axes)) checkNamed("asModel", "axes to name an input", name, inputs);
  const lengths = inputs.flatMap(({ shape }) => (shape ? [shape.length - 1] : []));
  // One list for all is for those inputs that have as many axes.
  if (Array.isArray(axes)) {
    if (lengths.length === inputs.length && !lengths.includes(axes.length))
      throw outOfRange("asModel", `axes to be ${lengths.join(" or ")} names`, shown(axes));
    return;
  }
  for (const { name, shape } of inputs) {
    const own = axesNamed(axes as AxesByName, inputs, name);
    if (own && shape && own.length !== shape.length - 1)
      throw outOfRange("asModel", `axes of input "${name}" to be ${shape.length - 1} names`, shown(own));
  }
}

/** Axes by the names of inputs. */
type AxesByName = Readonly<Record<string, readonly Axis[]>>;

/** The axes of an input, whichever of its names they are told by. */
export function axesNamed(
  axes: AxesByName,
  inputs: readonly Named[],
  input: string,
): readonly Axis[] | undefined {
  const key = Object.keys(axes).find((name) => inputs[numberNamed(inputs, name) ?? -1]?.name === input);
  return key === undefined ? undefined : axes[key];
}

function checkTexts(name: "classes" | "features" | "outputs", value: unknown): void {
  if (value === undefined) return;
  const texts = Array.isArray(value) && value.every((text) => typeof text === "string");
  if (texts && !(name === "outputs" && value.length === 0)) return;
  const form = name === "outputs" ? "names, or how many numbers per row" : "an array of names";
  throw wrongType("asModel", `${name} to be ${form}`, shown(value));
}

function checkNodes(name: "from" | "to", value: unknown): void {
  if (value === undefined || typeof value === "string") return;
  if (Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string")) return;
  throw wrongType("asModel", `${name} to be the name of a node, or names`, shown(value));
}

function checkInputs(inputs: unknown): void {
  const named = (input: unknown): unknown =>
    typeof input === "string" ? input : (input as { name?: unknown })?.name;
  if (
    !Array.isArray(inputs) ||
    inputs.length === 0 ||
    inputs.some((input) => typeof named(input) !== "string")
  )
    throw wrongType("asModel", "inputs to be an array of names, or of { name, dtype }", shown(inputs));
  for (const input of inputs as readonly (string | { dtype?: unknown })[]) {
    if (typeof input === "string") continue;
    checkOptions("asModel", input, ["name", "dtype"]);
    if (input.dtype !== undefined) checkName("asModel", "dtype", input.dtype, DTYPES);
  }
  const names = inputs.map(named);
  const again = names.find((name, i) => names.indexOf(name) < i);
  if (again !== undefined) throw outOfRange("asModel", "inputs of different names", `${shown(again)} twice`);
}

function axisLists(axes: unknown): readonly unknown[] {
  if (Array.isArray(axes)) return [axes];
  if (typeof axes !== "object" || axes === null)
    throw wrongType("asModel", "axes to be an array of names, or a record of those by input", shown(axes));
  return Object.values(axes);
}

function checkAxes(axes: unknown): void {
  if (!Array.isArray(axes)) throw wrongType("asModel", "axes to be arrays of names", shown(axes));
  for (const axis of axes) checkName("asModel", "axes", axis, AXES);
}
