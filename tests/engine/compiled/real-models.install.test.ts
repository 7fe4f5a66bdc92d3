import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import type { GraphModel, LayersModel, io as tfio } from "@tensorflow/tfjs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Attribution, asModel, integratedGradients, io, type Model, saliency } from "../../../src";
import * as firstCheck from "../../../src/engine/compiled/check/first-check";
import type { NdArray } from "../../../src/tensor";

/**
 * Models made by others, as npm packages ship them, fetched here and checked against their digests: the GraphModel
 * `emotion` of @vladmandic/human (MIT), the mini-Xception of oarriaga/face_classification (MIT), which tells seven
 * expressions of a grey face of 64 × 64; and the LayersModel of nsfwjs (MIT), a MobileNetV2 that tells five kinds of
 * pictures of 224 × 224.
 */

let folder: string;

/** The package's files, in a folder. */
function fetched(name: string, version: string, sha512: string): string {
  const into = join(folder, name.replace(/\W/g, "-"));
  mkdirSync(into);
  const args = ["pack", `${name}@${version}`, "--silent", "--ignore-scripts", "--pack-destination", into];
  const packed = spawnSync("npm", args, { encoding: "utf8", cwd: folder });
  expect(packed.status, packed.stderr).toBe(0);
  const archive = join(into, packed.stdout.trim());
  expect(createHash("sha512").update(readFileSync(archive)).digest("base64")).toBe(sha512);
  expect(spawnSync("tar", ["-xzf", archive, "-C", into]).status).toBe(0);
  return join(into, "package");
}

/** Something to look at: a bright disk with two dark spots before a slope of grey. */
function picture(side: number, channels: number): NdArray {
  const data = new Float32Array(side * side * channels);
  const within = (x: number, y: number, cx: number, cy: number, radius: number): boolean =>
    (x - cx) ** 2 + (y - cy) ** 2 < radius ** 2;
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++)
      for (let channel = 0; channel < channels; channel++) {
        const [x, y] = [column / side, row / side];
        const spot = within(x, y, 0.37, 0.4, 0.07) || within(x, y, 0.63, 0.4, 0.07);
        const disk = within(x, y, 0.5, 0.5, 0.36);
        const light = spot ? 0.1 : disk ? 0.85 - 0.1 * channel : 0.2 + 0.3 * x;
        data[(row * side + column) * channels + channel] = light;
      }
  return { data, shape: [1, side, side, channels] };
}

const largest = ({ data }: NdArray): number =>
  data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

function difference(a: Attribution, b: Attribution): number {
  const worst = a.values.data.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - (b.values.data[i] as number))),
    0,
  );
  return worst / largest(b.values);
}

/** Whether a map sums to the change of the score; gives that and the convergence delta. */
function complete(map: Attribution): [change: number, delta: number] {
  const [score, baselineScore, delta] = [map.score, map.baselineScore, map.convergenceDelta].map(
    (values) => values?.[0] as number,
  ) as [number, number, number];
  const sum = map.values.data.reduce((total, value) => total + value, 0);
  const change = score - baselineScore;
  expect(Math.abs(sum - change)).toBeLessThan(0.02 * Math.abs(change));
  expect(sum - change).toBeCloseTo(delta, 3);
  return [change, delta];
}

async function explained(name: string, net: GraphModel, x: NdArray): Promise<void> {
  const [compiled, eager] = [asModel(net, { engine: "compiled" }), asModel(net, { engine: "eager" })];
  const started = performance.now();
  const map = await integratedGradients(compiled, x, { steps: 200 });
  const first = performance.now() - started;
  expect([map.engine, map.warnings]).toEqual(["compiled", []]);
  const [change, delta] = complete(map);
  const gradients = [await saliency(compiled, x), await saliency(eager, x)] as const;
  const paths = [
    await integratedGradients(compiled, x, { steps: 3 }),
    await integratedGradients(eager, x, { steps: 3 }),
  ] as const;
  const again = performance.now();
  await integratedGradients(compiled, x, { steps: 200 });
  const later = performance.now() - again;
  console.info(
    `${name}: 200 steps in ${(first / 1000).toFixed(1)} s at first, ${(later / 1000).toFixed(1)} s later; ` +
      `F(x) − F(x′) = ${change.toFixed(3)}, delta ${delta.toExponential(1)}; compiled and eager ` +
      `differ by ${difference(...gradients).toExponential(1)} (gradient), ${difference(...paths).toExponential(1)} (path)`,
  );
  expect(gradients.map((each) => each.engine)).toEqual(["compiled", "eager"]);
  expect(largest(gradients[1].values)).toBeGreaterThan(0);
  expect(difference(...gradients)).toBeLessThan(1e-5);
  expect(difference(...paths)).toBeLessThan(1e-5);
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gradlens-models-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("explains a GraphModel of expressions from @vladmandic/human", { timeout: 300_000 }, async () => {
  const sha512 = "Nr5mPfq1gQ+uKeXY5uM3Fj8UxvF5CEh2s6txM5wRThqaW0mF9huooOuZSrT8hhGho0hGaXLFdAwfD/2+teCv6A==";
  const files = fetched("@vladmandic/human", "3.3.6", sha512);
  const net = (await io.loadModel(join(files, "models", "emotion.json"))) as GraphModel;
  const x = picture(64, 1);
  // As the package feeds it: −1 to 1.
  await explained("emotion", net, { ...x, data: x.data.map((value) => 2 * value - 1) });
});

/** Reads a model whose files are bundled as JavaScript. */
async function bundled(folder: string): Promise<LayersModel> {
  const load = createRequire(join(folder, "model.min.js"));
  const model = load("./model.min.js") as tfio.ModelJSON;
  writeFileSync(
    join(folder, "weights.bin"),
    Buffer.from(load("./group1-shard1of1.min.js") as string, "base64"),
  );
  const weightsManifest = model.weightsManifest.map((group) => ({ ...group, paths: ["weights.bin"] }));
  writeFileSync(join(folder, "model.json"), JSON.stringify({ ...model, weightsManifest }));
  return (await io.loadModel(folder)) as LayersModel;
}

it("explains the LayersModel of nsfwjs", { timeout: 900_000 }, async () => {
  const sha512 = "WTKDte0vp1X97N1h34P79G/hG+sVT3+TnDz9di1WseIJR93v11E4viNX7Vg9WsO6HYoR772Nzq2iM8jo3XBZ+g==";
  const files = fetched("nsfwjs", "4.3.0", sha512);
  const net = await bundled(join(files, "dist", "models", "mobilenet_v2"));
  const [compiled, eager] = [asModel(net, { engine: "compiled" }), asModel(net, { engine: "eager" })];
  const x = picture(224, 3);
  const started = performance.now();
  const map = await integratedGradients(compiled, x, { tolerance: 0.01 });
  const first = performance.now() - started;
  // The eager engine takes half a minute for what the check compares within seconds.
  expect([map.engine, map.checked, map.warnings]).toEqual(["compiled", "slope", []]);
  const [change, delta] = complete(map);

  const seen: NdArray[] = [];
  const answer =
    (model: Model): Parameters<typeof firstCheck.difference>[0] =>
    async (move) => {
      const { score, values } = await saliency(model, move(x), { target: map.target[0] as number });
      seen.push(values);
      return { scores: [score as readonly number[]], gradients: [values] };
    };
  // Some of its many rectifiers are always within rounding of a kink: what is no kink stays where the picture moves.
  expect(await firstCheck.difference(answer(compiled), answer(eager), true)).toBeUndefined();
  const pairs = [seen.slice(0, 2), seen.slice(2, 4)].filter(({ length }) => length === 2);
  const decided = pairs.map(([a, b]) => {
    const [ours, truth] = [(a as NdArray).data, (b as NdArray).data];
    const unit = largest(b as NdArray);
    return ours.filter((v, i) => Math.abs(v - (truth[i] as number)) > 1e-5 * unit).length / ours.length;
  });
  console.info(
    `nsfwjs: ${map.passes.backward} evaluations in ${(first / 1000).toFixed(1)} s at first; F(x) − F(x′) = ${change.toFixed(3)}, delta ` +
      `${delta.toExponential(1)}; kinks decide ${decided.map((share) => `${(100 * share).toFixed(1)} %`).join(" and ")} ` +
      "of the gradient's entries (beyond 1e-5 of the largest) at the picture and where it is moved by 1e-4",
  );
});
