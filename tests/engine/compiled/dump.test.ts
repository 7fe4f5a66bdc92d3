import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { asModel, integratedGradients, type Net, saliency } from "../../../src";
import { GraphBuilder } from "../../../src/engine/graph/builder";
import type { Graph } from "../../../src/engine/graph/graph";
import { FUSE, type Pass, SIMPLIFY } from "../../../src/engine/graph/passes/pipeline";
import { normals } from "../../models";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gradlens-dump-"));
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

function net(): Net {
  const { dense } = tf.layers;
  const model = tf.sequential({
    layers: [dense({ inputShape: [6], units: 8, activation: "relu" }), dense({ units: 3 })],
  });
  model.setWeights(
    model.getWeights().map((weight, i) => tf.tensor(normals(i + 1, weight.shape).data, weight.shape)),
  );
  return asModel(model, { engine: "compiled" });
}

/** Plants a wrong gradient in a pass: 0.9 of the right one. */
function plant({ passes }: typeof SIMPLIFY, name: string): void {
  const pass = passes.find((one) => one.name === name) as Pass;
  const own = pass.run;
  vi.spyOn(pass, "run").mockImplementation((graph: Graph): Graph => {
    const given = own(graph);
    const builder = new GraphBuilder();
    const outputs = given.outputs.map((port) =>
      port.name === "gradient0"
        ? { ...port, value: builder.add("Mul", [port.value, builder.scalar(0.9)], port.value.shape) }
        : port,
    );
    return { ...given, outputs, nodes: [...given.nodes, ...builder.nodes] };
  });
}

const x = normals(9, [6]);
const difference =
  /^compiled engine: expected the numbers of the eager engine, got a difference in gradients/;

describe("GRADLENS_DUMP", () => {
  it("writes text and ONNX behind each stage of each graph", async () => {
    vi.stubEnv("GRADLENS_DUMP", folder);
    await saliency(net(), x, { target: 1 });
    await integratedGradients(net(), x, { target: 1, steps: 4 });
    const kinds = readdirSync(folder).map((name) => name.replace(/^\d+-/, ""));
    expect(kinds).toEqual(expect.arrayContaining(["gradient", "path"]));
    const path = join(folder, readdirSync(folder).find((name) => name.endsWith("path")) as string);
    const stages = ["recording", "batch", "simplify", "path", "simplify", "fuse", "layout"];
    expect(readdirSync(path).sort()).toEqual(
      stages.flatMap((name, i) => [`${i}-${name}.onnx`, `${i}-${name}.txt`]),
    );
    const [recorded, last] = ["0-recording", "6-layout"].map((name) =>
      readFileSync(join(path, `${name}.txt`), "utf8"),
    );
    expect(recorded).toContain("graph(input0: float32[3, 6], mask: float32[3, 3])");
    expect(last).toContain("from0: float32[rows, 6], to0: float32[rows, 6]");
    const { InferenceSession } = require("onnxruntime-node");
    const session = await InferenceSession.create(join(path, "6-layout.onnx"));
    expect(session.outputNames).toEqual(["gradient0"]);
  });

  it.each([
    ["simplify", "decomposeReluGrad", SIMPLIFY],
    ["simplify", "reassociateAddConstant", SIMPLIFY],
    ["fuse", "fuseMatMulAdd", FUSE],
  ] as const)("names the pass of a refusal: %s, %s", async (stage, name, stages) => {
    plant(stages, name);
    await expect(saliency(net(), x, { target: 1 })).rejects.toThrow(difference);
    await expect(saliency(net(), x, { target: 1 })).rejects.not.toThrow(/pass/);
    vi.stubEnv("GRADLENS_DUMP", folder);
    const named = new RegExp(`, first behind the pass ${name} of the stage ${stage}; engine "eager"`);
    await expect(saliency(net(), x, { target: 1 })).rejects.toThrow(named);
    await expect(integratedGradients(net(), x, { target: 1, steps: 4 })).rejects.toThrow(named);
  });
});
