/** Lines `!command` at the beginning of a cell, which the system's shell runs. */
import { existsSync } from "node:fs";
import { MagicError, magicOf } from "./magics";

/** Words of code that an exclamation mark may stand before. */
const WORDS_OF_CODE =
  /^(?:async|await|class|delete|false|function|import|new|null|super|this|true|typeof|undefined|void)\b/;
/** Text that follows the name of a command, and no name of a variable. */
const ARGUMENT = /^\s+(?!(?:in|of|instanceof|as|satisfies)\b)[\w./~"'$-]/;

/** Facts about the names in code. */
export interface KnownNames {
  /** True of a name that is declared, here or by Node.js. */
  isDeclared(name: string): boolean;
  isSyntax(code: string): boolean;
}

export interface SplitCell {
  commands: string[];
  /** The cell with blank lines for them. */
  code: string;
}

/** Parts a cell into commands and code; a magic among them is an error that says what to do instead. */
export function splitCell(source: string, names: KnownNames): SplitCell {
  const commands: string[] = [];
  if (!/^\s*(?:\/\/.*\s*)*[!%]/.test(source)) return { commands, code: source };
  const lines = source.split("\n");
  for (const [index, line] of lines.entries()) {
    if (/^\s*(?:\/\/.*)?$/.test(line)) continue;
    const magic = magicOf(line);
    if (magic !== undefined) throw new MagicError(magic);
    const command = /^\s*!(.*\S)\s*$/.exec(line)?.[1];
    if (command === undefined || isCode(command, names)) break;
    commands.push(command.trimStart());
    lines[index] = "";
  }
  return { commands, code: lines.join("\n") };
}

/** True where an expression follows the exclamation mark, which negates it. */
function isCode(text: string, names: KnownNames): boolean {
  const rest = text.trimStart();
  if (/^[.~]/.test(rest)) return false;
  if (rest.startsWith("/")) return !existsSync(/^\S+/.exec(rest)![0]);
  const name = /^[A-Za-z_$][\w$]*/.exec(rest)?.[0];
  if (name === undefined || WORDS_OF_CODE.test(rest)) return true;
  const behind = rest.slice(name.length);
  if (!names.isDeclared(name))
    return /^\s*(?:[([]|\?\.)/.test(behind) || (behind.startsWith(".") && names.isSyntax(`!${rest}`));
  return !ARGUMENT.test(behind) || names.isSyntax(`!${rest}`);
}

/** A command that a cell ran did not end well. */
class CommandFailedError extends Error {
  override readonly name: string = "CommandFailedError";

  constructor(command: string, how: string) {
    super(`${command}: ${how}`);
    this.stack = `${this.name}: ${this.message}`;
  }
}

/** A command on its way to the system's shell. */
export interface ShellCommand {
  id: number;
  command: string;
  folder: string;
  env: NodeJS.ProcessEnv;
}

/**
 * Runs commands, in the notebook's folder. The protocol thread starts them and hears of their end: Node's own code for
 * programs calls `process.nextTick`, which cells may have replaced in this one.
 */
export class ShellLines {
  #lastId = 0;
  readonly #waiting: Map<number, (how: string) => void> = new Map();

  readonly #start: (command: ShellCommand) => void;

  constructor(start: (command: ShellCommand) => void) {
    this.#start = start;
  }

  /** To its end; a command that fails is an error. */
  async run(command: string): Promise<void> {
    const id = ++this.#lastId;
    const how = await new Promise<string>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#start({ id, command, folder: process.cwd(), env: { ...process.env } });
    });
    if (how !== "") throw new CommandFailedError(command, how);
  }

  /** `how` a command did not end well, or nothing. */
  ended(id: number, how: string): void {
    this.#waiting.get(id)?.(how);
    this.#waiting.delete(id);
  }
}
