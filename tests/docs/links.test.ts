/** What the written pages point at is there: links, anchors, and paths in code spans. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "./generated-page";

const pages = [
  ...["README.md", "CONTRIBUTING.md", "notebooks/data/README.md"],
  "notebooks/assignments/ps1/README.md",
  ...readdirSync(join(root, "docs"))
    .filter((file) => file.endsWith(".md"))
    .map((file) => `docs/${file}`),
];

const readPage = (page: string): string => readFileSync(join(root, page), "utf8");

/** The part of a page outside blocks of code. */
const prose = (text: string): string => text.replace(/^ *```[\s\S]*?^ *```/gm, "");

/** Anchors of a page's headings, as GitHub names them. */
function anchors(text: string): Set<string> {
  const headings = [...prose(text).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\- _]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

/** Every file name below a folder. */
const namesIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((file) =>
    file.replace(/^.*[\\/]/, ""),
  );

describe.each(pages)("%s", (page) => {
  const text = readPage(page);

  it("links to files and headings that are there", () => {
    const links = [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
    const broken = links
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [file = "", anchor] = target.split("#");
        const path = file === "" ? page : join(dirname(page), file);
        if (!existsSync(join(root, path))) return true;
        return anchor !== undefined && !anchors(readPage(path)).has(anchor);
      });
    expect(broken).toEqual([]);
  });

  // Those of a recipe the reader will write.
  it("names files of the repository that are there", () => {
    const spans = [...prose(text).matchAll(/`([^`\n]+)`/g)].map(([, span = ""]) => span);
    const paths = spans.filter((span) =>
      /^(src|kernel|tests|scripts|bench|docs|notebooks)\/[\w./-]*$/.test(span),
    );
    const tests = spans.filter((span) => /^[\w.-]+\.test\.ts$/.test(span));
    expect(paths.filter((path) => !path.includes("your-") && !existsSync(join(root, path)))).toEqual([]);
    const known = new Set(namesIn("tests"));
    expect(tests.filter((name) => !known.has(name))).toEqual([]);
  });

  it("names commands that are there", () => {
    const { scripts } = JSON.parse(readPage("package.json")) as { scripts: Record<string, string> };
    const commands = [...text.matchAll(/npm run ([\w-]+)/g)].map(([, name = ""]) => name);
    expect(commands.filter((name) => scripts[name] === undefined)).toEqual([]);
    const benches = [...text.matchAll(/npm run bench -- ([a-z][\w-]*)/g)].map(([, name = ""]) => name);
    const there = (name: string): boolean =>
      existsSync(join(root, "bench", name, "run.mjs")) || existsSync(join(root, "bench", `${name}.mjs`));
    expect(benches.filter((name) => !there(name))).toEqual([]);
  });
});
