import type * as ts from "@tslab/typescript-for-tslab";

const SETTING = /^[ \t]*\/\/[ \t]*@gradlens[ \t]+types:[ \t]*(on|off)[ \t]*$/m;

/** Whether a cell's types are checked: a line `// @gradlens types: off` in it, or what holds for the kernel. */
export function checksTypes(source: string, kernelDefault: boolean): boolean {
  const setting = SETTING.exec(source)?.[1];
  return setting === undefined ? kernelDefault : setting === "on";
}

/** Errors of syntax, which no setting takes away: what has them cannot run. */
export function isSyntaxError({ code }: ts.Diagnostic): boolean {
  return code < 2000 || (code >= 17_000 && code < 19_000);
}
