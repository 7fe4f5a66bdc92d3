/** Files to models and arrays, and back. */
export { readArray, type SavedMap, saveArray } from "./array-files";
export { loadModel, saveModel } from "./model-files";
