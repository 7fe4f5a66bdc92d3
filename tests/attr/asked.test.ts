/** What a figure says was asked: the options that the answer depends on, and none that it does not have. */
import { expect, it } from "vitest";
import {
  type AnyMethod,
  dataset,
  integratedGradients,
  kernelShap,
  saliency,
  smoothGrad,
  type TensorModel,
} from "../../src";

const net: TensorModel = (x) => x.square().sum(1, true);
const x = [[1, 2, 3]];

it.each<[string, AnyMethod, string[]]>([
  ["saliency", saliency, []],
  ["a path", integratedGradients, ["baseline zeros", "50 steps by gauss-legendre"]],
  [
    "a path by another rule",
    integratedGradients.with({ steps: 8, rule: "midpoint", baseline: 1 }),
    ["baseline 1", "8 steps by midpoint"],
  ],
  [
    "a path to a tolerance",
    integratedGradients.with({ tolerance: 0.01 }),
    ["baseline zeros", "to a tolerance of 0.01"],
  ],
  [
    "a baseline of one's own",
    integratedGradients.with({ baseline: [[0, 1, 1]] }),
    ["baseline array [1, 3]", "50 steps by gauss-legendre"],
  ],
  [
    "a data set",
    integratedGradients.with({
      baseline: dataset(
        [
          [0, 1, 1],
          [1, 1, 1],
        ],
        { samples: 2 },
      ),
    }),
    ["baseline dataset(2 of 2)", "50 steps by gauss-legendre"],
  ],
  [
    "noise",
    smoothGrad.with({ samples: 5, noiseLevel: 0.1, seed: 3 }),
    ["5 samples from seed 3", "noise of 10 % of the range"],
  ],
  ["as many samples as the input asks for", kernelShap, ["baseline zeros", "10 forward passes from seed 0"]],
  [
    "noise of a size",
    smoothGrad.with({ samples: 5, stdev: 2 }),
    ["5 samples from seed 0", "noise of standard deviation 2"],
  ],
])("of %s", async (_, method, asked) => {
  const map = await method(net, x, { target: 0, engine: "eager" });
  expect(map.toView().asked).toEqual(asked);
  const { subtitle } = map.figure().description;
  expect(subtitle.slice(1)).toEqual(asked.length > 0 ? [asked.join(" · ")] : []);
});
