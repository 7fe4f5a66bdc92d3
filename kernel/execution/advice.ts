import path from "node:path";
import type { CellDiagnostic } from "./errors";
import { missingModuleAdvice } from "./missing-module";

const CANNOT_FIND_MODULE = 2307;

/** The compiler's errors, with what to do where they do not say it. */
export function withAdvice(found: readonly CellDiagnostic[], cwd: string): CellDiagnostic[] {
  return found.map((each) => {
    const module = missingModule(each);
    if (module === undefined) return each;
    const folder = each.file === undefined ? cwd : path.dirname(path.resolve(cwd, each.file));
    return {
      ...each,
      message: `${each.message.replace(/\.$/, "")}: ${missingModuleAdvice(module, folder)}`,
    };
  });
}

/** The module that an error says is not there. */
export function missingModule({ code, message }: { code: number; message: string }): string | undefined {
  return code === CANNOT_FIND_MODULE ? /'([^']+)'/.exec(message)?.[1] : undefined;
}
