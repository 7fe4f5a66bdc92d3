/** A net of the reader's own: sent by a notebook, read from files, or trained on the spot. */
import { asModel } from "../../src/engine";
import { tfjs } from "../../src/engine/tfjs/tf";
import type { Axis, Facts, InputFact, LayerFact, Model, OutputFact } from "../../src/model/model";
import type { SentNet } from "../../src/studies/explorer/sent-net";
import { unpacked } from "../../src/studies/explorer/typed-json";
import { ndarray, sizeOf } from "../../src/tensor";
import type { Digits } from "./digits";
import type { HostModel } from "./host-model";
import type { ExplorerNet } from "./nets";
import { Kernel, RemoteModel } from "./remote-model";

/** What a notebook sends of a net. */
interface SentOwn {
  readonly net: SentNet;
  readonly blackBox: boolean;
  readonly inputs: readonly InputFact[];
  readonly outputs: readonly OutputFact[];
  readonly layers: readonly LayerFact[];
  readonly classes: readonly string[];
  readonly shape: readonly number[];
  readonly rows: number;
  readonly columns: number;
  readonly range: readonly [number, number];
  readonly axes?: readonly Axis[];
  /** Shares of the way from black to white, one example after the other. */
  readonly examples: Float32Array;
}

/** A net of one's own, with the examples that come with it. */
export interface OwnNet {
  readonly net: ExplorerNet;
  readonly examples: Digits;
}

/** Reads the net that a host holds; undefined where it holds none. */
export async function readOwn(host: HostModel): Promise<OwnNet | undefined> {
  const sent = host.get("own");
  if (typeof sent !== "object" || sent === null) return undefined;
  // Written by the same version of the library that the page is bundled with.
  const own = unpacked(sent) as SentOwn;
  const { net, blackBox, inputs, outputs, layers, classes, shape, rows, columns, range, axes, examples } =
    own;
  const size = sizeOf(shape);
  const images = Array.from({ length: examples.length / size }, (_, i) =>
    Array.from(examples.subarray(i * size, (i + 1) * size)),
  );
  const [low, high] = range;
  const facts: Facts = {
    classes,
    range,
    data: ndarray(
      examples.map((share) => low + share * (high - low)),
      [images.length, ...shape],
    ),
    ...(axes && { axes }),
  };
  const { model, why } = await modelOf(net, { ...facts, engine: "eager" }, () => {
    return new RemoteModel({ facts, inputs, outputs, layers, blackBox }, new Kernel(host));
  });
  return {
    net: {
      label: "Your net",
      says: why === undefined ? "It runs in this page." : `It stays in the notebook's kernel, since ${why}.`,
      model,
      classes,
      shape,
      rows,
      columns,
      range,
      ...(inputs[0]?.shape === undefined && { batched: true }),
      own: true,
    },
    examples: { images, names: images.map((_, i) => `example ${i + 1}`) },
  };
}

/** The net itself; what tfjs cannot read here, such as layers of one's own, answers from the kernel. */
async function modelOf(
  net: SentNet,
  facts: Facts,
  remote: () => Model,
): Promise<{ readonly model: Model; readonly why?: string }> {
  if (net.kind === "kernel") return { model: remote(), why: net.why };
  try {
    return { model: asModel(await readNet(net), facts) };
  } catch (error) {
    const said = error instanceof Error ? error.message.split(/[.\n]/)[0] : String(error);
    return { model: remote(), why: `this page cannot read it (${said})` };
  }
}

/** Reads a net as tfjs saved it. */
export function readNet({ kind, topology, specs, weights, signature }: Exclude<SentNet, { kind: "kernel" }>) {
  const tf = tfjs();
  const handler = tf.io.fromMemory({
    modelTopology: topology as object,
    weightSpecs: specs as never,
    weightData: weights.slice().buffer,
    ...(signature !== undefined && { signature: signature as object }),
  });
  return kind === "layers" ? tf.loadLayersModel(handler) : tf.loadGraphModel(handler);
}
