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

/** Tests that plant an answer, of methods of which no reference is installed. */
const PLANTED: Readonly<Record<string, string>> = {
  ablationCam: "attr/class-activation",
  eigenCam: "attr/class-activation",
  eigenGradCam: "attr/class-activation",
  gradCamPlusPlus: "attr/class-activation",
  hiResCam: "attr/class-activation",
  layerCam: "attr/class-activation",
  xGradCam: "attr/class-activation",
  gradientShap: "attr/perturbation",
  kernelShap: "attr/perturbation",
  shapleySampling: "attr/perturbation",
  hessianVectorProduct: "studies/second-order",
  hsic: "attr/games",
  owen: "attr/games",
  sobol: "attr/games",
  idgi: "attr/laws",
  lime: "attr/regions",
  xrai: "attr/regions",
  rise: "attr/masked-scores",
  sequentialIntegratedGradients: "attr/other-paths",
  smoothGrad: "attr/noise-tunnel",
  smoothGradSquared: "attr/noise-tunnel",
  varGrad: "attr/noise-tunnel",
};

/** The test that plants a method's answer: as the table says, else the first by name that asks the method. */
function plantedIn(name: string): string | undefined {
  const known = PLANTED[name];
  if (known !== undefined) return `${known}.test.ts`;
  const asks = new RegExp(`\\b${name}(\\.with)?\\(`);
  const files = ["attr", "golden", "studies"].flatMap((folder) =>
    readdirSync(join(root, "tests", folder))
      .filter((file) => file.endsWith(".test.ts"))
      .map((file) => `${folder}/${file}`),
  );
  return files.find((file) => asks.test(readFileSync(join(root, "tests", file), "utf8")));
}

/**
 * References with the number of values and nets; of a method without any, the test that plants its answer.
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
  if (references.length > 0) return references.join("; ");
  const planted = plantedIn(name);
  if (planted === undefined)
    throw new Error(
      `verifiedAgainst(): expected a reference or a test with a planted answer, got none for ${name}`,
    );
  return `planted answers: [${planted}](../tests/${planted})`;
}
