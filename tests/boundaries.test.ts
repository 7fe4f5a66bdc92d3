import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import * as ts from "typescript";
import { describe, expect, it } from "vitest";

/**
 * The order of the house, said here alone: a file imports from its own row and from the rows above it. Files that stand
 * directly in a folder are named by their own name.
 */
const ROWS = [
  ["src/tensor"],
  ["src/check", "src/random", "src/quadrature", "src/quantiles", "src/platform", "src/running"],
  ["src/display", "src/io"], // aside: what they may use is said below
  ["src/model"],
  ["src/engine"],
  ["src/attribution"],
  ["src/attr"],
  ["src/attention"],
  ["src/metrics"],
  ["src/studies"],
  ["src/attacks"],
  ["src/records"],
  ["src/author"],
  ["src/index"],
  ["kernel/package-root", "kernel/environment", "kernel/text-positions", "kernel/user-data-folder"],
  ["kernel/header"],
  ["kernel/isolation"],
  ["kernel/display"],
  ["kernel/protocol", "kernel/input", "kernel/execution"],
  ["kernel/comms", "kernel/introspection"],
  ["kernel/progress", "kernel/widget", "kernel/session"],
  ["kernel/notebook", "kernel/install"],
  ["kernel/kernel-process", "kernel/main"],
];

/** Folders that stand aside, and all that they may import from elsewhere. */
const ASIDE: Record<string, string[]> = {
  "src/display": ["src/tensor", "src/check", "src/platform"],
  "src/io": ["src/tensor", "src/check", "src/platform", "src/engine/tfjs/tf"],
};

/** Who may draw. */
const DRAWS = ["src/attribution", "src/metrics", "src/studies", "src/index", "kernel/display"];

/** All that the kernel takes of the library: it shows any value, verifies records, and knows no model. */
const LIBRARY_OF_KERNEL = ["src/check", "src/display/displayed", "src/io/file-handler", "src/records/verify"];

/** Loaded inside functions only, so that importing gradlens stays cheap. */
const HEAVY = /^(@tensorflow\/|onnxruntime|vega|@resvg\/|plotly)/;

const root = resolve(__dirname, "..");
const src = join(root, "src");

interface Import {
  to: string;
  typeOnly: boolean;
}

function importsOf(file: string): Import[] {
  const found: Import[] = [];
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.ES2022, true);
  for (const statement of source.statements) {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) continue;
    const specifier = statement.moduleSpecifier;
    if (!specifier || !ts.isStringLiteral(specifier)) continue;
    const typeOnly = ts.isImportDeclaration(statement)
      ? statement.importClause?.isTypeOnly === true
      : statement.isTypeOnly;
    found.push({ to: specifier.text, typeOnly });
  }
  return found;
}

/** Path inside the repository without its ending: src/attr/saliency. */
function nameOf(file: string): string {
  return relative(root, file).split(sep).join("/").replace(/\.ts$/, "");
}

function resolveImport(from: string, to: string): string | undefined {
  if (!to.startsWith(".")) return undefined;
  const base = resolve(dirname(from), to.replace(/\.js$/, ""));
  const file = [`${base}.ts`, join(base, "index.ts")].find((candidate) => existsSync(candidate));
  if (!file) throw new Error(`${nameOf(from)} imports ${to}, which is no file`);
  return file;
}

/** The folder or lone file of the order that a file belongs to. */
function partOf(name: string): string {
  return name.split("/").slice(0, 2).join("/");
}

function rowOf(part: string): number {
  return ROWS.findIndex((row) => row.includes(part));
}

function isIn(name: string, places: readonly string[]): boolean {
  return places.some((place) => name === place || name.startsWith(`${place}/`));
}

function mayImport(from: string, to: string): boolean {
  const [source, target] = [partOf(from), partOf(to)];
  if (source === target) return true;
  if (from.startsWith("kernel/") && to.startsWith("src/")) return isIn(to, LIBRARY_OF_KERNEL);
  const aside = ASIDE[source];
  if (aside) return isIn(to, aside);
  if (target === "src/display") return DRAWS.includes(source);
  if (target === "src/io") return source === "src/index";
  return rowOf(target) <= rowOf(source);
}

const files = ["src", "kernel"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join(root, folder, file)),
);
const edges = files.flatMap((file) =>
  importsOf(file).flatMap(({ to, typeOnly }) => {
    const target = resolveImport(file, to);
    return target ? [{ from: nameOf(file), to: nameOf(target), typeOnly }] : [];
  }),
);

describe("import directions", () => {
  it("knows the place of every folder in src/ and kernel/", () => {
    const parts = new Set(files.map((file) => partOf(nameOf(file))));
    expect([...parts].filter((part) => rowOf(part) < 0)).toEqual([]);
  });

  it("go one way", () => {
    const wrong = edges.filter(({ from, to }) => !mayImport(from, to));
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
  });

  it("make no cycle, of types neither", () => {
    const next = new Map<string, string[]>();
    for (const { from, to } of edges) next.set(from, [...(next.get(from) ?? []), to]);
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (name: string, trail: string[]): void => {
      if (trail.includes(name)) cycles.push([...trail.slice(trail.indexOf(name)), name].join(" → "));
      if (done.has(name) || trail.includes(name)) return;
      for (const to of next.get(name) ?? []) visit(to, [...trail, name]);
      done.add(name);
    };
    for (const name of next.keys()) visit(name, []);
    expect(cycles).toEqual([]);
  });

  it("load engines and renderers inside functions only", () => {
    const library = files.filter((file) => nameOf(file).startsWith("src/"));
    const eager = library.flatMap((file) =>
      importsOf(file)
        .filter(({ to, typeOnly }) => HEAVY.test(to) && !typeOnly)
        .map(({ to }) => `${nameOf(file)} → ${to}`),
    );
    expect(eager).toEqual([]);
  });
});

describe("attr/index.ts", () => {
  it("exports every file that makes a method", () => {
    const exported = importsOf(join(src, "attr", "index.ts")).map(({ to }) => to.replace(/^\.\/|\.js$/g, ""));
    const makers = files
      .map(nameOf)
      .filter((name) => partOf(name) === "src/attr")
      .map((name) => name.slice("src/attr/".length))
      .filter((name) => name !== "index" && name !== "option-rules");
    expect(makers.sort()).toEqual(exported.sort());
  });
});

describe("display/figures/index.ts", () => {
  it("exports every file that makes a figure", () => {
    const index = join(src, "display", "figures", "index.ts");
    const exported = importsOf(index).map(({ to }) => to.replace(/^\.\//, ""));
    const makers = edges
      .filter(({ from, to }) => from.startsWith("src/display/figures/") && to === "src/display/define-figure")
      .map(({ from }) => from.slice("src/display/figures/".length));
    expect(makers.sort()).toEqual(exported.sort());
  });
});
