/** Files to models, arrays, pictures, sounds and tables, and back. */
export { readArray, type SavedMap, saveArray } from "./array-files";
export { type Audio, type AudioOptions, readAudio } from "./audio-files";
export type { FileSource } from "./file-bytes";
export { type ImageOptions, readImage } from "./image-files";
export { loadModel, saveModel } from "./model-files";
export { type NamedArrays, readArrays, saveArrays } from "./npz";
export { readTable, type Table, type TableOptions } from "./table-files";
