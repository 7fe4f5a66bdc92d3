/** Files to models and back. */
export { loadModel, saveModel } from "./model-files";
