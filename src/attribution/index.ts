/** The result of a method, and how a method is made out of its equation. */
export { defineMethod } from "./define-method";
export type * from "./method";
export { ALL_AXIOMS } from "./method";
export * from "./record";
