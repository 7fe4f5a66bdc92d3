/** Links of the explorer: each state is reproduced exactly, and what was damaged or forged is a valid state. */
import { describe, expect, it } from "vitest";
import { fromFragment, toFragment } from "../../explorer/src/link";
import { checkedState, START, type State } from "../../explorer/src/state";
import { random } from "../../src";
import { mutatedText } from "./mutated";

const LINKS = 1000;

/** A state with every field drawn. */
function drawn(seed: number): State {
  const draw = random(0x11e7, seed);
  const one = <T>(all: readonly T[]): T => all[draw.integer(all.length)] as T;
  const cells = (): number[] => Array.from({ length: 64 }, () => Math.fround(draw.uniform()));
  const steps = 5 + draw.integer(196);
  return checkedState({
    tab: one(["saliency", "path", "compare", "trust"]),
    net: one(["cnn", "mlp", "logistic", "own"]),
    pattern: one(["digit", "edge", "circle", "diagonal", "custom"]),
    digit: draw.integer(300),
    pixels: one([[], cells()]),
    baseline: one(["black", "white", "noise", "blur", "mean", "custom"]),
    baselinePixels: one([[], cells()]),
    ...(draw.uniform() < 0.5 && { target: draw.integer(10) }),
    explain: one(["logit", "probability"]),
    rule: one(["gauss-legendre", "right", "trapezoid", "midpoint", "left"]),
    steps,
    step: draw.integer(steps + 1),
    speed: 1 + draw.integer(5),
    scale: one(["panel", "shared", "raw"]),
    ink: draw.uniform(),
    trusted: one(["integratedGradients", "saliency", "smoothGrad"]),
    randomised: draw.integer(100),
    noise: draw.uniform() / 2,
    seed: draw.integer(2 ** 31),
  });
}

describe("a link", () => {
  it("of each of 200 states gives that state", () => {
    for (let seed = 0; seed < 200; seed++) {
      const state = drawn(seed);
      expect(fromFragment(`#${toFragment(state)}`), `state ${seed}`).toEqual(state);
    }
    expect([toFragment(START), fromFragment("")]).toEqual(["", START]);
  });

  it(`that was damaged or forged, ${LINKS} of them, gives a valid state and nothing else`, () => {
    const draw = random(0xbad, 1);
    const fields = Object.keys(START);
    for (let i = 0; i < LINKS; i++) {
      const link = mutatedText(draw, toFragment(drawn(i)));
      const state = fromFragment(link);
      expect(Object.keys(state), link).toEqual(fields);
      expect(checkedState({ ...state }), link).toEqual(state);
      expect(fromFragment(toFragment(state)), link).toEqual(state);
      expect(Reflect.get({}, "hacked")).toBeUndefined();
    }
  });
});
