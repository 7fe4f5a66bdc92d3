/** A net on its way into a page: as TensorFlow.js saves it, or word that the kernel answers for it. */
import { netBehind } from "../../engine";
import type { Model } from "../../model/model";

/** A net as it is sent: what tfjs's readers take, or why it stays in the kernel. */
export type SentNet =
  | {
      readonly kind: "layers" | "graph";
      readonly topology: unknown;
      readonly specs: unknown;
      readonly weights: Uint8Array;
      readonly signature?: unknown;
    }
  | { readonly kind: "kernel"; readonly why: string };

/** Weights of a net that travels: larger ones stay in the kernel. */
const MOST_BYTES = 5 * 2 ** 20;

/** What tfjs gives to whoever saves a net. */
interface Artifacts {
  readonly modelTopology?: unknown;
  readonly weightSpecs?: unknown;
  readonly weightData?: ArrayBuffer | readonly ArrayBuffer[];
  readonly signature?: unknown;
}

/** A net that tfjs can save. */
interface Savable {
  save(handler: { save(artifacts: Artifacts): Promise<object> }): Promise<unknown>;
}

function isSavable(net: unknown): net is Savable {
  return typeof net === "object" && net !== null && "save" in net && typeof net.save === "function";
}

/** Makes the net of a model ready to travel. */
export async function sentNet(model: Model): Promise<SentNet> {
  if (model.engine === "black box") return { kind: "kernel", why: "it is a black box" };
  const net = netBehind(model);
  if (!isSavable(net)) return { kind: "kernel", why: "it is a function" };
  let kept: Artifacts = {};
  try {
    await net.save({
      save: async (artifacts) => {
        kept = artifacts;
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
      },
    });
  } catch (error) {
    return {
      kind: "kernel",
      why: `TensorFlow.js cannot save it (${error instanceof Error ? error.message : error})`,
    };
  }
  const weights = joined(kept.weightData);
  const size = weights.length / 2 ** 20;
  if (weights.length > MOST_BYTES)
    return { kind: "kernel", why: `its weights are ${size.toFixed(1)} MiB, and at most 5 travel` };
  return {
    kind: "layers" in net ? "layers" : "graph",
    topology: kept.modelTopology,
    specs: kept.weightSpecs,
    weights,
    ...(kept.signature === undefined ? {} : { signature: kept.signature }),
  };
}

function joined(data: Artifacts["weightData"]): Uint8Array {
  const pieces = (data instanceof ArrayBuffer ? [data] : (data ?? [])).map((piece) => new Uint8Array(piece));
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
