// What tsx gives for the cells of this folder, written into recorded.json. The tests hold the kernel against that.
//
//   node tests/kernel/cells/record.mjs      after a cell was added or changed; installs tsx into a temporary folder

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const TSX = "tsx@4.21.0";
const here = dirname(fileURLToPath(import.meta.url));

/** Cells of a file by section; `fails`: what is expected there is an error. */
function sectionsOf(name) {
  const text = readFileSync(join(here, `${name}.txt`), "utf8");
  return text
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [title, ...lines] = section.split("\n");
      const cells = lines.flatMap((line) => {
        const match = /^(.*) \/\/([=!]) ?(.*)$/.exec(line);
        return match ? [{ code: match[1], fails: match[2] === "!" }] : [];
      });
      return { title, cells };
    });
}

/** A cell parted into what must be at the top of a file, the rest, and its last expression. */
function partsOf(code) {
  const file = ts.createSourceFile("cell.ts", code, ts.ScriptTarget.Latest, true);
  // What a namespace adds to stands beside it.
  const isTop = file.statements.some(ts.isModuleDeclaration);
  const parts = { imports: [], top: [], rest: [], last: undefined };
  for (const [at, statement] of file.statements.entries()) {
    const text = statement.getText(file).replace(/^export (?:default )?(?!\{)/, "");
    if (ts.isImportDeclaration(statement)) parts.imports.push(text);
    else if (ts.isImportEqualsDeclaration(statement)) parts.top.push(text);
    else if (at === file.statements.length - 1 && ts.isExpressionStatement(statement))
      parts.last = statement.expression.getText(file);
    // What a cell declares, all cells know.
    else if (!ts.isExportDeclaration(statement)) (isTop ? parts.top : parts.rest).push(text);
  }
  // `{ a: 1 }` is an object in a cell and a block in a file.
  if (/^\s*\{.*\}\s*$/s.test(code) && parts.last === undefined && parts.rest.length === 1) {
    const object = ts.transpileModule(`(${code})`, { reportDiagnostics: true });
    if (object.diagnostics.length === 0) return { ...parts, rest: [], last: code };
  }
  return parts;
}

/** One program of all cells: each in a block within that of the cell before it, so that it may declare a name again. */
function programOf(cells) {
  const parts = cells.map(({ code }) => partsOf(code));
  const unique = (texts) => [...new Set(texts)].join("\n");
  const blocks = parts.map(({ rest, last }, at) => {
    const shown = last === undefined ? `await __show(${at}, undefined);` : `await __show(${at}, (${last}));`;
    return `${rest.join("\n")}\n${shown}`;
  });
  return `import { inspect as __inspect } from "node:util";
${unique(parts.flatMap(({ imports }) => imports))}
const __show = async (at: number, value: any) => {
  const shown = await value;
  const text = shown === undefined || shown === null ? "" : __inspect(shown);
  process.stdout.write("\\n#shown " + JSON.stringify([at, text]) + "\\n");
};
process.on("uncaughtException", (error: any) => {
  process.stdout.write("\\n#error " + JSON.stringify(String(error?.message ?? error)) + "\\n");
  process.exit(1);
});
${unique(parts.flatMap(({ top }) => top))}
${blocks.join("\n{\n")}
${"}".repeat(blocks.length - 1)}
process.exit(0);
`;
}

function run(tsx, folder, cells) {
  const file = join(folder, "program.mts");
  writeFileSync(file, programOf(cells));
  const { stdout, stderr } = spawnSync(process.execPath, [tsx, file], {
    encoding: "utf8",
    cwd: folder,
    timeout: 120_000,
  });
  const values = new Map();
  for (const [, line] of stdout.matchAll(/^#shown (.*)$/gm)) values.set(...JSON.parse(line));
  const [, error] = /^#error (.*)$/m.exec(stdout) ?? [];
  const [, told = "no value"] = /(?:ERROR|Error(?: \[\w+\])?): (.*)/.exec(stderr) ?? [];
  // A folder made anew has another name each time.
  const complaint = (error ? JSON.parse(error) : told).replace(/'[^']*\/cells-\w+/, "'dir");
  return { values, complaint };
}

const folder = mkdtempSync(join(tmpdir(), "gradlens-cells-"));
try {
  const install = ["install", "--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts", TSX];
  if (!process.env.TSX) spawnSync("npm", install, { stdio: "inherit", shell: process.platform === "win32" });
  const tsx = process.env.TSX ?? join(folder, "node_modules", "tsx", "dist", "cli.mjs");
  const recorded = {};
  for (const name of ["handbook", "node"]) {
    /** Of all sections so far. */
    const right = [];
    for (const { title, cells } of sectionsOf(name)) {
      let together = cells.filter(({ fails }) => !fails);
      let values = run(tsx, folder, together).values;
      const earlier = [...right];
      for (const cell of cells) {
        let value = values.get(together.indexOf(cell));
        let complaint;
        // Alone, behind the cells before it that are right.
        for (const before of value === undefined ? [right.slice(earlier.length), right] : []) {
          const alone = run(tsx, folder, [...before, cell]);
          value ??= alone.values.get(before.length);
          complaint = alone.complaint.split("\n")[0];
        }
        recorded[cell.code] = value === undefined ? { error: complaint } : { value };
        if (value !== undefined && !cell.fails) right.push(cell);
        else if (together.includes(cell)) {
          together = together.filter((each) => each !== cell);
          values = run(tsx, folder, together).values;
        }
      }
      console.log(`${name}: ${title}`);
    }
  }
  writeFileSync(join(here, "recorded.json"), `${JSON.stringify(recorded, undefined, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
