import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = resolve(__dirname, "../..");
const python = join(root, ".venv", "bin", "python");
const wanted = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).devDependencies;
/** The project's own compiler: another than the one that gradlens brings for its kernel. */
const PROJECT_TYPESCRIPT = "5.9.2";

let project: string;
let tarball: string;

function run(
  program: string,
  args: string[],
  env: Record<string, string> = {},
): { stdout: string; stderr: string } {
  const { stdout, stderr, status, error } = spawnSync(program, args, {
    cwd: project,
    encoding: "utf8",
    env: { ...process.env, NODE_OPTIONS: "", ...env },
  });
  if (error) throw error;
  if (status !== 0)
    throw new Error(`${program} ${args.join(" ")}: exit code ${status}\n${stdout}\n${stderr}`);
  return { stdout, stderr };
}

function node(...args: string[]): { stdout: string; stderr: string } {
  return run(process.execPath, args);
}

const tsc = (...args: string[]): string => run(join(project, "node_modules", ".bin", "tsc"), args).stdout;

/** A model, an input and a map, in a notebook's or script's own words. */
const attribution = `
const net = tf.sequential({
  layers: [tf.layers.dense({ units: 3, inputShape: [4], activation: "softmax" })],
});
const map = await integratedGradients(net, [[1, 2, 3, 4]]);`;

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), "gradlens-package-"));
  const pack = spawnSync("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", project], {
    cwd: root,
    encoding: "utf8",
  });
  tarball = join(project, pack.stdout.trim());
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "someone-elses", private: true }));
  run("npm", [
    ...["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"],
    ...[tarball, `typescript@${PROJECT_TYPESCRIPT}`, `@tensorflow/tfjs@${wanted["@tensorflow/tfjs"]}`],
    `@types/node@${wanted["@types/node"]}`,
  ]);
}, 400_000);

afterAll(() => rmSync(project, { recursive: true, force: true }));

describe("installed in another project", () => {
  it("leaves the project's own TypeScript in charge", () => {
    expect(tsc("-v").trim()).toBe(`Version ${PROJECT_TYPESCRIPT}`);
  });

  it("offers its command", () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect(run(join(project, "node_modules", ".bin", "gradlens"), ["version"]).stdout).toContain(version);
  });

  it.each([
    ["mjs", `import * as tf from "@tensorflow/tfjs";\nimport { integratedGradients } from "gradlens";`],
    ["cjs", `const tf = require("@tensorflow/tfjs");\nconst { integratedGradients } = require("gradlens");`],
  ])("explains a model from a .%s file", (ending, imports) => {
    const body = `${attribution}\nconsole.log(map.values.shape.join());`;
    const code = ending === "cjs" ? `(async () => {${body}\n})();` : body;
    writeFileSync(join(project, `use.${ending}`), `${imports}\n${code}\n`);
    expect(node(`use.${ending}`).stdout.trim()).toBe("1,4");
  });

  it.each(["node20", "node10"])("is typed for a project with %s resolution", (kind) => {
    const code = `
import * as tf from "@tensorflow/tfjs";
import { type Attribution, integratedGradients } from "gradlens";
export async function explain(): Promise<Attribution> {${attribution}
  const values: Float32Array = map.values.data;
  const shape: readonly number[] = map.values.shape;
  // @ts-expect-error a typed array is no string: the type is not "any"
  const wrong: string = map.values.data;
  // @ts-expect-error an option that does not exist
  await integratedGradients(net, [[1, 2, 3, 4]], { stepz: 3 });
  return values.length + shape.length + wrong.length > 0 ? map : map;
}
`;
    writeFileSync(join(project, "typed.ts"), code);
    const resolution =
      kind === "node20" ? ["--module", "node20"] : ["--module", "commonjs", "--moduleResolution", "node10"];
    const common = ["--noEmit", "--strict", "--target", "es2022", "--skipLibCheck", "--types", "node"];
    expect(tsc(...common, ...resolution, "typed.ts")).toBe("");
  });

  it("says nothing in its declarations that TypeScript 5.0 would read as any", () => {
    const types = join(project, "node_modules", "gradlens", "dist");
    const newer = readdirSync(types, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".d.ts") && !file.includes("node_modules"))
      .filter((file) => /\b\w+Array<ArrayBuffer|\bNoInfer</.test(readFileSync(join(types, file), "utf8")));
    expect(newer).toEqual([]);
  });
});

describe("as a package", () => {
  it("has types that every resolution finds (attw)", () => {
    node(join(root, "node_modules", "@arethetypeswrong", "cli", "dist", "index.js"), tarball);
  });

  it("has nothing to complain about (publint)", () => {
    const { stdout } = node(
      join(root, "node_modules", "publint", "src", "cli.js"),
      "run",
      "--strict",
      tarball,
    );
    expect(stdout).toMatch(/All good/);
  });
});

describe("what the kernel brings", () => {
  const brought = (): string => join(project, "node_modules", "gradlens", "dist", "kernel", "node_modules");
  const filesIn = (folder: string): string[] => readdirSync(folder, { recursive: true, encoding: "utf8" });

  it("has its licences, and nothing that it never loads", () => {
    const files = filesIn(brought());
    for (const name of ["tslab", "typescript", "semver", "@types/node", "undici-types"]) {
      const texts = files.filter((file) => file.startsWith(join(name, "/")) && /LICEN[CS]E/i.test(file));
      expect([name, texts.length]).toEqual([name, 1]);
    }
    expect(files).toContain(join("typescript", "ThirdPartyNoticeText.txt"));
    const all = filesIn(join(project, "node_modules"));
    expect(all.filter((file) => /(^|\/)(zeromq|rollup)\//.test(file))).toEqual([]);
    expect(all.filter((file) => file.startsWith("gradlens/") && file.endsWith(".node"))).toEqual([]);
    expect(all.filter((file) => /_tsc\.js$|tsserver/.test(file) && file.startsWith("gradlens/"))).toEqual([]);
  });

  it("runs a notebook, typed, with tslab's module, Node's types and gradlens", () => {
    const cells = [
      `import * as tf from "@tensorflow/tfjs";\nimport { integratedGradients } from "gradlens";${attribution}`,
      "const shape: readonly number[] = map.values.shape;\nshape.join()",
      'import { display as shown } from "tslab";\nshown.text("by tslab");',
      'import { readFileSync } from "node:fs";\nconst read: Buffer = readFileSync("package.json"); read.length > 0',
    ].map((source) => ({ cell_type: "code", metadata: {}, outputs: [], execution_count: null, source }));
    const notebook = { nbformat: 4, nbformat_minor: 4, metadata: {}, cells };
    writeFileSync(join(project, "typed.ipynb"), JSON.stringify(notebook));
    const program = join(project, "node_modules", "gradlens", "dist", "kernel", "main.js");
    const { stderr } = node(program, "run", "typed.ipynb", "--output", "ran.ipynb");
    expect(stderr).toBe("");
    const ran = JSON.parse(readFileSync(join(project, "ran.ipynb"), "utf8")) as {
      cells: { outputs: { data?: Record<string, string[]>; text?: string[] }[] }[];
    };
    const texts = ran.cells.map(({ outputs }) =>
      outputs.map(({ data, text }) => [data?.["text/plain"] ?? text].flat().join("")),
    );
    expect(texts).toEqual([[], ["'1,4'"], ["by tslab"], ["true"]]);
  });
});

describe("in unmodified tslab", () => {
  it("a cell type-checks, and display.html shows a map", () => {
    const cell = `import * as tf from "@tensorflow/tfjs";
import { integratedGradients } from "gradlens";
import { display } from "tslab";
${attribution}
const values: Float32Array = map.values.data;
display.html(await map.toHTML());`;
    const kernel = join(project, "jupyter", "kernels", "stock-tslab");
    mkdirSync(kernel, { recursive: true });
    const apart = join(project, "stock");
    mkdirSync(apart);
    run("npm", [
      ...["install", "--prefix", apart, "--silent", "--no-audit", "--no-fund", "--ignore-scripts"],
      ...["--prefer-offline", `tslab@${wanted.tslab}`],
    ]);
    const tslab = join(apart, "node_modules", "tslab", "bin", "tslab");
    const argv = [process.execPath, tslab, "kernel", "--config-path", "{connection_file}"];
    const spec = { argv, display_name: "tslab", language: "typescript" };
    writeFileSync(join(kernel, "kernel.json"), JSON.stringify(spec));
    const metadata = { kernelspec: { name: "stock-tslab", display_name: "tslab", language: "typescript" } };
    const source = {
      cell_type: "code",
      id: "map",
      metadata: {},
      outputs: [],
      execution_count: null,
      source: cell,
    };
    const notebook = { nbformat: 4, nbformat_minor: 5, metadata, cells: [source] };
    writeFileSync(join(project, "map.ipynb"), JSON.stringify(notebook));

    const execute = [
      "-m",
      "nbconvert",
      "--execute",
      "--to",
      "notebook",
      "--output",
      "done.ipynb",
      "map.ipynb",
    ];
    run(python, execute, { JUPYTER_PATH: join(project, "jupyter") });

    const { outputs } = JSON.parse(readFileSync(join(project, "done.ipynb"), "utf8")).cells[0];
    const shown = outputs.filter((output: { data?: Record<string, unknown> }) => output.data?.["text/html"]);
    expect(shown.length).toBe(1);
    expect([shown[0].data["text/html"]].flat().join("")).toMatch(/<script/);
    // TypeScript's complaints come as text on stderr; TensorFlow.js's own banner is not ours to silence here.
    const text = outputs.flatMap((output: { text?: string[] }) => output.text ?? []).join("");
    expect(text).not.toMatch(/error|TS\d{4}/i);
  });
});
