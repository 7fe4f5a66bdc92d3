/** Methods that ask another method: what is said of that one, its options and its defaults come along. */
import { shown, wrongType } from "../check";
import { defineMethod } from "./define-method";
import type { AnyMethod, Meta, Method, MethodKind, OptionRule, Solution } from "./method";
import type { Problem } from "./problem";

/** Facts of a wrapper; everything else is as the method inside says it. */
export interface WrapperMeta<Own extends object> {
  readonly name: string;
  readonly paper: string;
  /** Its own options, beside those of the method inside. */
  readonly options: { readonly [Name in keyof Own]-?: OptionRule<Own[Name]> };
  /** Differences from the method inside. */
  readonly of: (
    inner: Meta<object>,
  ) => Partial<Pick<Meta<object>, "axioms" | "quantity" | "whenZero" | "reduce">>;
  /** Evaluations of the method inside. */
  readonly times: (own: Own) => number;
}

/** The meta of a method; throws a TypeError when `method` is none. */
export function metaOf(fn: string, method: unknown): Meta<object> {
  const { meta, solve } = (method ?? {}) as Partial<AnyMethod>;
  if (!meta || typeof solve !== "function") throw wrongType(fn, "a method", shown(method));
  return meta;
}

/**
 * Makes a method that asks another one.
 * @param solve its equation; `inner` is that of the method inside, to be asked at this problem or at perturbed ones.
 */
export function wrapMethod<Inner extends object, Own extends object, Kind extends MethodKind>(
  fn: string,
  method: Method<Inner, any>,
  { name, paper, options, of, times }: WrapperMeta<Own>,
  solve: (problem: Problem<Inner & Own>, inner: Method<Inner>["solve"]) => Promise<Solution>,
): Method<Inner & Own, Kind> {
  const inner = metaOf(fn, method) as Meta<Inner>;
  const inside: Readonly<Record<string, unknown>> = method.defaults;
  // Options of one name are the wrapper's; the method inside keeps what it has.
  const kept = Object.fromEntries(
    Object.entries<OptionRule<unknown>>(inner.options)
      .filter(([key]) => key in options)
      .map(([key, rule]) => [key, inside[key] ?? rule.default]),
  );
  const isKept = Object.keys(kept).length > 0;
  const ofInner = (all: Inner & Own): Inner => ({ ...all, ...kept });
  const wrapped = defineMethod<Inner & Own>(
    {
      ...inner,
      paper,
      ...of(inner as Meta<object>),
      name,
      passes: (all, entries) => times(all) * inner.passes(isKept ? ofInner(all) : all, entries),
      recorded: (all) => {
        const own = Object.fromEntries(Object.keys(options).map((key) => [key, all[key as keyof Own]]));
        const others = Object.entries(inner.recorded(ofInner(all)));
        return {
          ...Object.fromEntries(others.filter(([key]) => !(key in options))),
          ...own,
          ...(isKept ? { inside: Object.fromEntries(others.filter(([key]) => key in options)) } : {}),
        } as unknown as Partial<Inner & Own>;
      },
      options: { ...inner.options, ...options } as Meta<Inner & Own>["options"],
    },
    (problem) =>
      solve(problem, (at) => method.solve(isKept ? at.withOptions<Inner>({ ...at.options, ...kept }) : at)),
  );
  const defaults = Object.entries(inside).filter(([key]) => !(key in options));
  return wrapped.with(Object.fromEntries(defaults) as never) as Method<Inner & Own, Kind>;
}
