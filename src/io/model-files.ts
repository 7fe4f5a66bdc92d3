/** Models read from files and addresses, and written to files. */
import type { GraphModel, io, LayersModel } from "@tensorflow/tfjs";
import { outOfRange, wrongType } from "../check";
import { tfjs } from "../engine/tfjs/tf";
import { fileHandler, savedModelFile } from "./file-handler";

/**
 * Read a TensorFlow.js model: a LayersModel or a GraphModel, whichever the file holds.
 *
 * Needs no tfjs-node and registers nothing.
 *
 * @param source A folder with a `model.json`, a path to such a file, a `file://` URL, or an address TensorFlow.js
 *   knows (`http://`, `https://`, in browsers also `indexeddb://` and `localstorage://`).
 * @throws Error when nothing is there, the file is no TensorFlow.js model, or weights are missing or cut off.
 */
export async function loadModel(source: string | URL): Promise<LayersModel | GraphModel> {
  const tf = tfjs();
  const address = toAddress("loadModel", source);
  const handler = isFile(address) ? fileHandler(tf, address) : handlerFor(address);
  const artifacts = await handler.load!();
  const again = tf.io.fromMemory(artifacts);
  return isGraph(artifacts) ? tf.loadGraphModel(again) : tf.loadLayersModel(again);
}

/**
 * Write a model so that `loadModel` reads it back: `model.json` and `weights.bin`.
 *
 * @param folder Made when missing. A path that ends in `.json` names the model file itself.
 * @returns The path of the model file.
 */
export async function saveModel(model: LayersModel | GraphModel, folder: string | URL): Promise<string> {
  const address = toAddress("saveModel", folder);
  if (!isFile(address)) throw outOfRange("saveModel", "a path or a file:// URL", address);
  await model.save(fileHandler(tfjs(), address));
  return savedModelFile(address);
}

function toAddress(caller: string, source: unknown): string {
  if (source instanceof URL) return source.href;
  if (typeof source === "string" && source !== "") return source;
  throw wrongType(caller, "a path or URL", source === "" ? "an empty string" : typeof source);
}

function isFile(address: string): boolean {
  return address.startsWith("file://") || !/^[a-z][a-z0-9+.-]*:\/\//i.test(address);
}

function handlerFor(address: string): io.IOHandler {
  const handler = tfjs().io.getLoadHandlers(address)[0];
  if (!handler?.load) {
    throw outOfRange("loadModel", "a path, file://, http:// or https://", address);
  }
  return handler;
}

/** GraphModels keep a list of graph nodes; LayersModels a configuration of layers. */
function isGraph(artifacts: io.ModelArtifacts): boolean {
  if (artifacts.format) return artifacts.format === "graph-model";
  const topology = artifacts.modelTopology;
  return topology !== undefined && "node" in topology;
}
