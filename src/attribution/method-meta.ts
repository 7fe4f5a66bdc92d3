/** What is said of a method, with what is not said filled in. */
import { checkOptions } from "../check";
import type { Meta, Method, MethodMeta } from "./method";

/**
 * Facts of a method, complete.
 * @throws RangeError for a fact that there is none of.
 */
export function completed<Own extends object>(meta: MethodMeta<Own>): Meta<Own> {
  const usual: Omit<Method<Own>["meta"], "name" | "defaultLayer"> = {
    paper: "",
    axioms: [],
    needsBaseline: false,
    drawsBaselines: false,
    multipliesByInput: false,
    walksInputs: false,
    isComplete: productsOf,
    quantity: () => "attribution to",
    whenZero: "dead units, or a saturated output",
    whenIncomplete: "its equation does not sum to F(x) − F(x′) here",
    gradient: true,
    passes: () => 1,
    asksFirst: () => undefined,
    examine: async () => {},
    reduce: (own) => (addsUp(meta, own) ? "sum" : "norm"),
    options: {} as Method<Own>["meta"]["options"],
    recorded: (own) => own,
    check: () => {},
    checkShapes: () => {},
  };
  checkOptions("defineMethod", meta, ["name", "defaultLayer", ...Object.keys(usual)]);
  return { ...usual, ...meta };
}

/** Whether options leave it at products with the input. */
function productsOf(own: { readonly multiplyByInputs?: unknown }): boolean {
  return own.multiplyByInputs !== false;
}

/** Whether the parts of a map add up to something: products with the input, or shares of a difference of scores. */
function addsUp<Own extends object>({ axioms, multipliesByInput }: MethodMeta<Own>, own: Own): boolean {
  return productsOf(own) && (multipliesByInput === true || axioms?.includes("completeness") === true);
}
