import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import * as ts from "typescript";
import { describe, expect, it } from "vitest";

/**
 * Imports go one way: a file may import from its own row and from the rows above. `display` and `io` stand aside:
 * they have rules of their own below.
 */
const ROWS = [
  ["tensor"],
  ["foundation"], // every other file directly in src/: model, target, baseline, quadrature, random, check ...
  ["engine"],
  ["attribution", "activations"],
  ["attr"],
  ["metrics"],
  ["studies"],
  ["index"],
];

const ALLOWED_ASIDE: Record<string, string[]> = {
  display: ["tensor", "check", "node-modules", "display"],
  io: ["tensor", "check", "node-modules", "io", "engine/eager/tf"],
};

/** Rows that may draw. */
const MAY_DISPLAY = ["attribution", "metrics", "studies", "index"];

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

/** Which part of src/ a file belongs to. */
function partOf(name: string): string {
  const [, first = "", ...rest] = name.split("/");
  if (rest.length > 0) return first;
  return ROWS.flat().includes(first) ? first : "foundation";
}

function rowOf(part: string): number {
  return ROWS.findIndex((row) => row.includes(part));
}

function mayImport(from: string, to: string): boolean {
  const [source, target] = [partOf(from), partOf(to)];
  const allowed = ALLOWED_ASIDE[source];
  if (allowed) {
    const inside = to.slice("src/".length);
    return allowed.some((name) => inside === name || inside.startsWith(`${name}/`));
  }
  if (target === "display") return MAY_DISPLAY.includes(source);
  if (target === "io") return source === "index";
  return rowOf(target) <= rowOf(source);
}

const files = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => join(src, file));
const edges = files.flatMap((file) =>
  importsOf(file).flatMap(({ to, typeOnly }) => {
    const target = resolveImport(file, to);
    return target ? [{ from: nameOf(file), to: nameOf(target), typeOnly }] : [];
  }),
);

describe("import directions", () => {
  it("knows the place of every folder in src/", () => {
    const parts = new Set(files.map((file) => partOf(nameOf(file))));
    const known = [...ROWS.flat(), ...Object.keys(ALLOWED_ASIDE)];
    expect([...parts].filter((part) => !known.includes(part))).toEqual([]);
  });

  it("go one way", () => {
    const wrong = edges.filter(({ from, to }) => !to.startsWith("src/") || !mayImport(from, to));
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
  });

  it("make no cycle", () => {
    const next = new Map<string, string[]>();
    for (const { from, to, typeOnly } of edges) {
      if (!typeOnly) next.set(from, [...(next.get(from) ?? []), to]);
    }
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
    const eager = files.flatMap((file) =>
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
    const makers = edges
      .filter(
        ({ from, to, typeOnly }) => partOf(from) === "attr" && to === "src/attribution/index" && !typeOnly,
      )
      .map(({ from }) => from.slice("src/attr/".length));
    expect(makers.sort()).toEqual(exported.sort());
  });
});
