import { mkdtemp, readFile, rm, truncate, unlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type * as Tfjs from "@tensorflow/tfjs";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { tfjs } from "../../src/engine/tfjs/tf";
import { loadModel, saveModel } from "../../src/io";
import { registerFileScheme } from "../../src/io/file-handler";

const tf = tfjs();
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "gradlens-io-"));
  return () => rm(folder, { recursive: true, force: true });
});

function network(): Tfjs.LayersModel {
  return tf.sequential({
    layers: [
      tf.layers.dense({ name: "hidden", units: 4, activation: "tanh", inputShape: [3] }),
      tf.layers.batchNormalization({ name: "norm" }),
      tf.layers.dense({ name: "out", units: 2, activation: "softmax" }),
    ],
  });
}

function predict(model: Tfjs.LayersModel | Tfjs.GraphModel, input: number[][]): number[] {
  return tf.tidy(() => Array.from((model.predict(tf.tensor2d(input)) as Tfjs.Tensor).dataSync()));
}

/** y = x · [[1, 2], [3, 4]] as a GraphModel on disk, its weights in two files. */
async function writeGraphModel(into: string): Promise<void> {
  const model = {
    format: "graph-model",
    modelTopology: {
      versions: { producer: 1882 },
      node: [
        { name: "x", op: "Placeholder", attr: { dtype: { type: "DT_FLOAT" } } },
        { name: "w", op: "Const", attr: { dtype: { type: "DT_FLOAT" } } },
        { name: "y", op: "MatMul", input: ["x", "w"], attr: { T: { type: "DT_FLOAT" } } },
      ],
    },
    weightsManifest: [
      { paths: ["shard1.bin", "shard2.bin"], weights: [{ name: "w", shape: [2, 2], dtype: "float32" }] },
    ],
  };
  await writeFile(join(into, "model.json"), JSON.stringify(model));
  await writeFile(join(into, "shard1.bin"), new Uint8Array(Float32Array.of(1, 2, 3).buffer));
  await writeFile(join(into, "shard2.bin"), new Uint8Array(Float32Array.of(4).buffer));
}

describe("saveModel, loadModel", () => {
  const x = [
    [0.1, -0.4, 2],
    [1, 0, -1],
  ];

  it("gives back a model with the same layers and the same outputs", async () => {
    const model = network();
    const file = await saveModel(model, join(folder, "new", "net"));
    expect(file).toBe(join(folder, "new", "net", "model.json"));
    const again = (await loadModel(join(folder, "new", "net"))) as Tfjs.LayersModel;
    expect(again.layers.map((layer) => layer.name)).toEqual(["hidden", "norm", "out"]);
    expect(predict(again, x)).toEqual(predict(model, x));
  });

  it("takes a folder, a file, a file:// string and a URL", async () => {
    const model = network();
    await saveModel(model, pathToFileURL(join(folder, "net", "model.json")));
    const file = join(folder, "net", "model.json");
    for (const source of [join(folder, "net"), file, pathToFileURL(file).href, pathToFileURL(file)]) {
      expect(predict(await loadModel(source), x)).toEqual(predict(model, x));
    }
  });

  it("reads a GraphModel whose weights lie in several files", async () => {
    await writeGraphModel(folder);
    const model = await loadModel(folder);
    expect(model).toBeInstanceOf(tf.GraphModel);
    expect(predict(model, [[1, 10]])).toEqual([31, 42]);
  });

  it("writes a GraphModel back", async () => {
    await writeGraphModel(folder);
    await saveModel(await loadModel(folder), join(folder, "copy"));
    expect(predict(await loadModel(join(folder, "copy")), [[1, 10]])).toEqual([31, 42]);
  });

  it("writes the same bytes for the same model", async () => {
    const model = network();
    await saveModel(model, join(folder, "a"));
    await saveModel(model, join(folder, "b"));
    for (const name of ["model.json", "weights.bin"]) {
      expect(await readFile(join(folder, "a", name))).toEqual(await readFile(join(folder, "b", name)));
    }
  });

  it("leaves the active backend alone, registers nothing and prints nothing", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const before = tf.getBackend();
    await saveModel(network(), folder);
    await loadModel(folder);
    expect(tf.getBackend()).toBe(before);
    expect(tf.io.getLoadHandlers("file://model")).toEqual([]);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });
});

describe("loadModel says what is wrong", () => {
  beforeEach(async () => {
    await saveModel(network(), folder);
  });

  it("nothing at the path", async () => {
    await expect(loadModel(join(folder, "nowhere"))).rejects.toThrow(
      /expected a model folder.*got nothing at/,
    );
  });

  it("a folder without model.json", async () => {
    await unlink(join(folder, "model.json"));
    await expect(loadModel(folder)).rejects.toThrow(/expected a model.json in the folder/);
  });

  it("a file that is not JSON", async () => {
    await writeFile(join(folder, "model.h5"), "\x89HDF");
    await expect(loadModel(join(folder, "model.h5"))).rejects.toThrow(/model\.h5, which is not JSON/);
  });

  it.each(["[]", "null", "3", "{}", '{"modelTopology": null}'])("JSON that is no model: %s", async (text) => {
    await writeFile(join(folder, "model.json"), text);
    await expect(loadModel(folder)).rejects.toThrow(/has no "modelTopology"/);
  });

  it("a missing weights file, by name", async () => {
    await unlink(join(folder, "weights.bin"));
    await expect(loadModel(folder)).rejects.toThrow(/expected the weights file weights\.bin beside/);
  });

  it("weights of the wrong length, with both numbers", async () => {
    await truncate(join(folder, "weights.bin"), 10);
    // 3·4 + 4, four rows of four for the normalisation, 4·2 + 2 floats.
    await expect(loadModel(folder)).rejects.toThrow(/expected 168 bytes of weights .* got 10/);
  });

  it("something that is no path", async () => {
    await expect(loadModel("")).rejects.toThrow(TypeError);
    await expect(loadModel(7 as never)).rejects.toThrow(/expected a path or URL, got number/);
    await expect(loadModel("gopher://model")).rejects.toThrow(/got gopher:\/\/model/);
    await expect(saveModel(network(), "https://example.org/model")).rejects.toThrow(
      /expected a path or a file/,
    );
  });
});

describe("loadModel over http", () => {
  let server: Server;
  let address: string;

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      response.end(
        await readFile(join(folder, (request.url ?? "").slice(1))).catch(() => response.writeHead(404)),
      );
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => void server.close());

  it("reads either kind of model", async () => {
    const model = network();
    await saveModel(model, folder);
    expect(predict(await loadModel(`${address}/model.json`), [[1, 2, 3]])).toEqual(
      predict(model, [[1, 2, 3]]),
    );
    await writeGraphModel(folder);
    expect(predict(await loadModel(new URL(`${address}/model.json`)), [[1, 10]])).toEqual([31, 42]);
  });
});

describe("registerFileScheme", () => {
  it("lets TensorFlow.js itself use file:// addresses, and gives way to another handler", async () => {
    registerFileScheme(tf);
    registerFileScheme(tf);
    const model = network();
    const url = pathToFileURL(join(folder, "net")).href;
    await model.save(url);
    expect(predict(await tf.loadLayersModel(url), [[1, 2, 3]])).toEqual(predict(model, [[1, 2, 3]]));

    const other = { load: async () => ({}) };
    tf.io.registerLoadRouter(((address: string) => (address.startsWith("file://") ? other : null)) as never);
    expect(tf.io.getLoadHandlers(url)).toEqual([other]);
  });
});
