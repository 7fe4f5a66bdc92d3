/** Layers of the models that cells hold, for a string that names one: `layer: "…"`, `neuron("…")`. */
import type * as ts from "typescript";

type Variables = Readonly<Record<string, unknown>>;

/** Calls of the library that take a layer's name, and which argument it is. */
const NAMED_BY: Readonly<Record<string, number>> = { neuron: 0, activations: 2 };

/** The names that may stand there; undefined where no layer is named. */
export function layerNames(
  compiler: typeof ts,
  literal: ts.StringLiteralLike,
  variables: Variables,
): string[] | undefined {
  if (!namesLayer(compiler, literal)) return undefined;
  for (let node: ts.Node = literal; node; node = node.parent)
    if (compiler.isCallExpression(node) && node.arguments[0]) {
      const names = layersOf(heldBy(compiler, node.arguments[0], variables));
      if (names.length > 0) return names;
    }
  // A method with other defaults is made before it meets a model.
  return [...new Set(Object.keys(variables).flatMap((name) => layersOf(variables[name])))];
}

function namesLayer(compiler: typeof ts, literal: ts.Node): boolean {
  for (let node = literal, { parent } = literal; parent; node = parent, { parent } = parent) {
    if (compiler.isPropertyAssignment(parent)) {
      const { name } = parent;
      if (compiler.isIdentifier(name) && name.text === "layer") return true;
      if (node !== parent.initializer) return false;
    } else if (compiler.isCallExpression(parent)) {
      const { expression, arguments: given } = parent;
      const called = compiler.isPropertyAccessExpression(expression) ? expression.name : expression;
      return compiler.isIdentifier(called) && NAMED_BY[called.text] === given.indexOf(node as ts.Expression);
    } else if (!compiler.isArrayLiteralExpression(parent)) return false;
  }
  return false;
}

/** The value of a variable, or of a property of one, without running any code of it. */
function heldBy(compiler: typeof ts, expression: ts.Expression, variables: Variables): unknown {
  if (compiler.isIdentifier(expression))
    return Object.hasOwn(variables, expression.text) ? variables[expression.text] : undefined;
  if (!compiler.isPropertyAccessExpression(expression)) return undefined;
  const owner = heldBy(compiler, expression.expression, variables);
  if (typeof owner !== "object" || owner === null) return undefined;
  return Object.getOwnPropertyDescriptor(owner, expression.name.text)?.value;
}

interface Layered {
  name?: unknown;
  layers?: unknown;
  predict?: unknown;
  forward?: unknown;
}

/** A model by its form: of TensorFlow.js, or as the library makes one; names inside of nested models are `outer/inner`. */
function layersOf(value: unknown): string[] {
  try {
    const model = value as Layered | null | undefined;
    const isModel = typeof model?.predict === "function" || typeof model?.forward === "function";
    return isModel ? namesIn(model.layers) : [];
  } catch {
    return [];
  }
}

function namesIn(layers: unknown, outer = ""): string[] {
  if (!Array.isArray(layers)) return [];
  return layers.flatMap((layer: Layered) => {
    if (typeof layer?.name !== "string") return [];
    const name = outer + layer.name;
    return [name, ...namesIn(layer.layers, `${name}/`)];
  });
}
