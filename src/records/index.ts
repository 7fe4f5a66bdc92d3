/** Records of attributions that can be kept, verified and exchanged: one line per file. */
export { attributionSchema } from "./attribution-schema";
export { canonicalBytes } from "./canonical";
export {
  type ExchangedArrays,
  type FromCaptumOptions,
  type FromShapOptions,
  fromCaptum,
  fromShap,
  toCaptum,
  toShap,
} from "./exchange";
export { type Pack, pack } from "./pack";
export { appendRecord, type LogEntry } from "./record-log";
export {
  type RecordEnvironment,
  type RecordedCheck,
  type SealedRecord,
  type SealOptions,
  sealRecord,
} from "./sealed-record";
export { type Verification, type VerifyOptions, verify } from "./verify";
