/** Advice on the compiler's errors, where they do not say what to do. */
import path from "node:path";
import type { CellDiagnostic } from "./errors";
import { insteadOf, magicOf } from "./magics";
import { missingModuleAdvice } from "./missing-module";

const CANNOT_FIND_MODULE = 2307;

/** The compiler's errors, with what to do where they do not say it. */
export function withAdvice(found: readonly CellDiagnostic[], source: string, cwd: string): CellDiagnostic[] {
  const lines = source.split("\n");
  const advised = new Set<number>();
  return found.map((each) => {
    const module = missingModule(each);
    if (module !== undefined) {
      const folder = each.file === undefined ? cwd : path.dirname(path.resolve(cwd, each.file));
      return advise(each, missingModuleAdvice(module, folder));
    }
    const foreign =
      each.file === undefined && !advised.has(each.line) ? foreignLine(lines[each.line - 1]) : undefined;
    if (foreign === undefined) return each;
    advised.add(each.line);
    return advise(each, foreign);
  });
}

function advise(found: CellDiagnostic, advice: string): CellDiagnostic {
  return { ...found, message: `${found.message.replace(/\.$/, "")}: ${advice}` };
}

/** Advice in place of a line that other kernels know. */
function foreignLine(line = ""): string | undefined {
  const magic = magicOf(line);
  if (magic !== undefined) return insteadOf(magic);
  if (/^\s*!\s*[a-z][\w-]*(?:\s+[\w./~"'$-].*)?$/.test(line))
    return "lines that begin with ! run commands at the beginning of a cell only";
  if (/^\s*\?\??\s*[\w$.]+\s*;?\s*$/.test(line) || /^\s*[\w$.]+\s*\?\??\s*$/.test(line))
    return "a question mark before or behind a name asks for it in a cell of its own";
  return undefined;
}

/** The module that an error says is not there. */
export function missingModule({ code, message }: { code: number; message: string }): string | undefined {
  return code === CANNOT_FIND_MODULE ? /'([^']+)'/.exec(message)?.[1] : undefined;
}
