/** Magics, with which other kernels do what is none of their language: each has something to write instead. */

const INSTEAD: Readonly<Record<string, string>> = {
  time: 'console.time("cell"); … console.timeEnd("cell") measures',
  timeit: "const start = performance.now(); … performance.now() - start measures",
  prun: "`node --cpu-prof` profiles a script",
  html: "display.html(`…`) shows HTML",
  HTML: "display.html(`…`) shows HTML",
  svg: "display.svg(`…`) shows SVG",
  SVG: "display.svg(`…`) shows SVG",
  markdown: "display.md(`…`) shows Markdown",
  latex: "display.md(`$…$`) shows a formula",
  javascript: "cells run JavaScript as they are",
  js: "cells run JavaScript as they are",
  typescript: "cells run TypeScript as they are",
  python: "a notebook of Python runs Python",
  pip: "packages come from npm: `!npm install NAME`",
  conda: "packages come from npm: `!npm install NAME`",
  npm: "`!npm install NAME` installs a package",
  matplotlib: "a figure shows itself when it is the last value of a cell",
  load_ext: "`import` loads a package",
  reload_ext: "the next cell that imports a file has its edits",
  autoreload: "the next cell that imports a file has its edits",
  run: '`import "./file"` runs a file',
  load: '`import "./file"` runs a file',
  cd: 'process.chdir("folder") goes there',
  pwd: "process.cwd() tells it",
  env: "process.env has the environment",
  set_env: "process.env has the environment",
  ls: "`!ls` lists files",
  bash: "lines that begin with ! run commands: `!ls`",
  sh: "lines that begin with ! run commands: `!ls`",
  writefile: 'writeFileSync("file", `…`) of node:fs writes a file',
  capture: "a cell's output can be cleared by clearOutput()",
  who: "the names of earlier cells complete with Tab",
  whos: "the names of earlier cells complete with Tab",
  reset: "restarting the kernel forgets every name",
  debug: "`node --inspect` debugs a script",
  pdb: "`node --inspect` debugs a script",
};

/** The magic that a line calls. */
export function magicOf(line: string): string | undefined {
  return /^\s*(%{1,2}[A-Za-z_]\w*)/.exec(line)?.[1];
}

/** Advice on what to do instead, in one sentence. */
export function insteadOf(magic: string): string {
  const known = INSTEAD[magic.replace(/^%+/, "")];
  return `${magic} is a magic of other kernels, and a cell here is TypeScript${known === undefined ? "" : `: ${known}`}`;
}

/** A cell begins with a magic. */
export class MagicError extends Error {
  override readonly name: string = "MagicError";

  constructor(magic: string) {
    super(insteadOf(magic));
    this.stack = `${this.name}: ${this.message}`;
  }
}
