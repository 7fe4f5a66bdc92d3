/** A cell's own word on whether its types are checked. */
import type * as ts from "typescript";

const SETTING = /^[ \t]*\/\/[ \t]*@gradlens[ \t]+types:[ \t]*(on|off)[ \t]*$/m;

/** True of a cell whose types are checked: by a line `// @gradlens types: off` in it, or as the kernel has it. */
export function checksTypes(source: string, kernelDefault: boolean): boolean {
  const setting = SETTING.exec(source)?.[1];
  return setting === undefined ? kernelDefault : setting === "on";
}

/** Errors of types whose numbers stand among those of syntax. */
const OF_TYPES: ReadonlySet<number> = new Set([
  1055, 1058, 1062, 1064, 1065, 1220, 1238, 1239, 1240, 1241, 1270, 1271, 1278, 1279, 1320, 1321, 1322, 1329,
  1360, 1361, 1362, 18004, 18046, 18047, 18048, 18049, 18050,
]);

/** Errors of syntax, which no setting takes away: what has them cannot run. */
export function isSyntaxError({ code }: ts.Diagnostic): boolean {
  return (code < 2000 || (code >= 17_000 && code < 19_000)) && !OF_TYPES.has(code);
}
