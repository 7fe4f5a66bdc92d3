/** What each method was verified against: values of references, counted in the golden files, and the tests with planted answers. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./generated-page";

/** A golden file, its references, and which of its maps belong to a method. */
interface Reference {
  readonly file: string;
  /** Versions, as the script says that made it. */
  readonly by: (map: string) => string;
  /** Methods by the beginnings of the names of their maps. */
  readonly maps: Readonly<Record<string, RegExp>>;
}

const REFERENCES: readonly Reference[] = [
  {
    file: "captum.json",
    by: () => "Captum 0.8.0",
    maps: {
      saliency: /^saliency/,
      inputXGradient: /^(inputxgrad|layerGxA)/,
      integratedGradients: /^(ig50|layerIG)/,
      deepLift: /^deeplift/,
      guidedBackprop: /^guidedbp/,
      deconvolution: /^deconv/,
      featureAblation: /^ablation/,
      shapleyValues: /^shapley/,
      occlusion: /^occlusion/,
      conductance: /^(layercond|neuroncond)/,
      internalInfluence: /^internalinfl/,
      gradCam: /^gradcam/,
      lrp: /^lrp/,
    },
  },
  {
    file: "architectures/maps.json",
    by: (map) =>
      map.startsWith("lrp") ? "zennit 0.5.1" : map === "scoreCam" ? "grad-cam 1.5.7" : "Captum 0.9.0",
    maps: {
      guidedBackprop: /^guidedBackprop$/,
      deconvolution: /^deconvolution$/,
      conductance: /^(conductance|neuronConductance)$/,
      internalInfluence: /^internalInfluence$/,
      deepLift: /^deepLiftShap$/,
      guidedGradCam: /^guidedGradCam$/,
      scoreCam: /^scoreCam$/,
      lrp: /^lrp/,
    },
  },
  {
    file: "architectures/paths.json",
    by: (map) => (map === "softplusGradient" ? "zennit 0.5.1" : "saliency 0.2.1"),
    maps: { guidedIg: /^guidedIg/, blurIg: /^blurIg/, softplusGradient: /^softplusGradient$/ },
  },
];

/** How far a value may be from the reference's, in these tests: a share of the map's largest entry. */
const TOLERANCE = "1e-5";

/** Numbers in nested lists. */
const count = (value: unknown): number =>
  Array.isArray(value) ? value.reduce((sum: number, one) => sum + count(one), 0) : 1;

function golden(file: string): [net: string, map: string, values: number][] {
  const all: Record<string, unknown> = JSON.parse(readFileSync(join(root, "tests/golden", file), "utf8"));
  return Object.entries(all).flatMap(([name, value]) =>
    Array.isArray(value) || typeof value !== "object" || value === null
      ? [["mlp", name, count(value)] as [string, string, number]]
      : Object.entries(value).map(([map, values]): [string, string, number] => [name, map, count(values)]),
  );
}

/** Tests beside those of all methods, by what they say. */
const TESTS = ["tests/attr", "tests/golden", "tests/studies"].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => ({ path: `${folder}/${file}`, text: readFileSync(join(root, folder, file), "utf8") })),
);

/** Most tests that are named. */
const MOST_TESTS = 3;

/**
 * References with the number of values and nets, and the tests that plant an answer.
 * @throws Error for a method that has neither.
 */
export function verifiedAgainst(name: string): string {
  const found = new Map<string, { values: number; nets: Set<string> }>();
  for (const { file, by, maps } of REFERENCES) {
    const mine = maps[name];
    if (!mine) continue;
    for (const [net, map, values] of golden(file)) {
      if (!mine.test(map) || map.endsWith("_delta")) continue;
      const one = found.get(by(map)) ?? { values: 0, nets: new Set<string>() };
      one.values += values;
      one.nets.add(net);
      found.set(by(map), one);
    }
  }
  const references = [...found].map(
    ([by, { values, nets }]) =>
      `${by}: ${values} values on ${nets.size} net${nets.size === 1 ? "" : "s"}, within ${TOLERANCE}`,
  );
  const planted = TESTS.map(({ path, text }) => ({
    path,
    uses: text.match(new RegExp(`\\b${name}\\b`, "g"))?.length ?? 0,
  }))
    // Once where it is imported.
    .filter(({ uses }) => uses > 1)
    .sort((a, b) => b.uses - a.uses || (a.path < b.path ? -1 : 1))
    .slice(0, MOST_TESTS)
    .map(({ path }) => `[${path.split("/").pop()}](../${path})`);
  const planting = planted.length > 0 ? [`planted answers: ${planted.join(", ")}`] : [];
  const all = [...references, ...planting];
  if (all.length === 0)
    throw new Error(
      `verifiedAgainst(): expected a reference or a test with a planted answer, got none for ${name}`,
    );
  return all.join("; ");
}
