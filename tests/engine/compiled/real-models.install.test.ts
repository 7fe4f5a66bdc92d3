import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import type { GraphModel } from "@tensorflow/tfjs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Attribution, asModel, integratedGradients, io, saliency } from "../../../src";
import type { NdArray } from "../../../src/tensor";

/**
 * A model made by others, as an npm package ships it, fetched here and checked against its digest: the GraphModel
 * `emotion` of @vladmandic/human (MIT), the mini-Xception of oarriaga/face_classification (MIT), which tells seven
 * expressions of a grey face of 64 × 64.
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

async function explained(name: string, net: GraphModel, x: NdArray): Promise<void> {
  const [compiled, eager] = [asModel(net, { engine: "compiled" }), asModel(net, { engine: "eager" })];
  const started = performance.now();
  const map = await integratedGradients(compiled, x, { steps: 200 });
  const first = performance.now() - started;
  expect([map.engine, map.warnings]).toEqual(["compiled", []]);
  const [score, baselineScore, delta] = [map.score, map.baselineScore, map.convergenceDelta].map(
    (values) => values?.[0] as number,
  ) as [number, number, number];
  const sum = map.values.data.reduce((total, value) => total + value, 0);
  expect(Math.abs(sum - (score - baselineScore))).toBeLessThan(0.02 * Math.abs(score - baselineScore));
  expect(sum - (score - baselineScore)).toBeCloseTo(delta, 3);
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
      `F(x) − F(x′) = ${(score - baselineScore).toFixed(3)}, delta ${delta.toExponential(1)}; compiled and eager ` +
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
