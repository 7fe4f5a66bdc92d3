import type { Tensor } from "@tensorflow/tfjs";
import { convolutions } from "./convolutions";
import { elementwise } from "./elementwise";
import { poolsAndImages } from "./pools-and-images";
import { products } from "./products";
import { reductions } from "./reductions";
import { shapes } from "./shapes";
import { spectral } from "./spectral";

/** Every operation of the audit by the name of its case in oracle.json. */
export const operations: Readonly<Record<string, (...inputs: Tensor[]) => Tensor>> = {
  ...elementwise,
  ...reductions,
  ...products,
  ...shapes,
  ...convolutions,
  ...poolsAndImages,
  ...spectral,
} as Record<string, (...inputs: Tensor[]) => Tensor>;
