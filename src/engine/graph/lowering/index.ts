/** Kernels of tfjs that can be compiled, and their lowerings. */
import { binary } from "./binary";
import { convolutions } from "./convolutions";
import { cumulative } from "./cumulative";
import { dilation } from "./dilation";
import { images } from "./images";
import { lookUps } from "./look-ups";
import type { LoweringTable } from "./lowering";
import { normalisation } from "./normalisation";
import { pools } from "./pools";
import { products } from "./products";
import { reductions } from "./reductions";
import { selections } from "./selections";
import { shapes } from "./shapes";
import { unary } from "./unary";

export type { KernelCall, Lower, LoweringTable } from "./lowering";

/** Every kernel that can be compiled. */
export const lowerings: LoweringTable = {
  ...unary,
  ...binary,
  ...shapes,
  ...selections,
  ...lookUps,
  ...reductions,
  ...cumulative,
  ...products,
  ...convolutions,
  ...pools,
  ...normalisation,
  ...dilation,
  ...images,
};
