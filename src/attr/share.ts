/** Shares: any method's map in units of F(x) − F(x′). */
import type { Method, MethodKind } from "../attribution";
import { metaOf, wrapMethod } from "../attribution/wrapper";
import { wrongType } from "../check";
import { type Parts, scaleRows } from "../tensor";

/** A difference of scores below this share of the larger of them is rounding, and nothing is divided by it. */
const SMALLEST = 1e-5;

/**
 * Any method with a baseline, in units of F(x) − F(x′): maps of different inputs can be compared and averaged.
 *
 * S(x) = A(x) / (F(x) − F(x′))
 *
 * Of a complete method the entries sum to 1, as far as its sum is right. An example whose two scores are all but the same has no
 * shares: its map is zero, and a warning says so. The method inside keeps its options, and the defaults that `with` gave it.
 *
 * @param method what is divided; it must compare with a baseline.
 */
export function share<Inner extends object, Kind extends MethodKind>(
  method: Method<Inner, Kind>,
): Method<Inner, [Kind] extends ["plain"] ? "plain" : "baseline"> {
  const inner = metaOf("share", method);
  if (!inner.needsBaseline || inner.drawsBaselines)
    throw wrongType("share", "a method that compares each example with one baseline", inner.name);
  return wrapMethod<Inner, Record<never, never>, [Kind] extends ["plain"] ? "plain" : "baseline">(
    "share",
    method,
    {
      name: `share(${inner.name})`,
      paper: inner.paper,
      options: {},
      of: ({ axioms }) => ({
        axioms: axioms.filter((axiom) => axiom === "dummy" || axiom === "missingness"),
        quantity: () => "share of the change of",
      }),
      times: () => 1,
    },
    async (p, solve) => {
      const { path: _, ...solution } = await solve(p);
      const [here, there] = [await p.score(), await p.score({ points: p.baseline })];
      const none = new Map<number, number>();
      const factors = here.map((score, row) => {
        const change = score - there[row];
        const size = Math.max(Math.abs(score), Math.abs(there[row]));
        if (Math.abs(change) > SMALLEST * size) return 1 / change;
        none.set(row, Math.abs(change));
        return 0;
      });
      p.warnOf(
        "shares",
        none,
        (which, largest) =>
          `the scores of x and x′ differ too little to divide by${which} (${largest.toPrecision(2)}): the map is zero`,
      );
      const errors: Parts | undefined = solution.standardError;
      return {
        ...solution,
        values: scaleRows(solution.values, factors),
        ...(errors ? { standardError: scaleRows(errors, factors.map(Math.abs)) } : {}),
      };
    },
  );
}
