/** What the page brings of TensorFlow.js: operations, layers, readers of graphs, and the cpu backend. */
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import "@tensorflow/tfjs-backend-cpu";

export * from "@tensorflow/tfjs-converter";
export * from "@tensorflow/tfjs-core";
export * from "@tensorflow/tfjs-layers";
