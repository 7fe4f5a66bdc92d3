/** Citations: the papers of a map's method as BibTeX. */
import * as methods from "../attr";
import { type AnyMethod, Attribution } from "../attribution";
import { shown, wrongType } from "../check";
import { BIBLIOGRAPHY } from "./bibliography";

/**
 * The papers of the method that made a map as BibTeX, one entry each; of several maps or methods each paper once.
 *
 * ```ts
 * cite(map);       // @article{sundararajan2017axiomatic, …
 * ```
 * A wrapper's map cites the method inside as well. A paper that is not in the library's bibliography, as one of a method of one's own,
 * is cited by what its `meta.paper` says: names, year and number.
 *
 * @throws TypeError for anything but maps and methods, RangeError for a method that names no paper.
 */
export function cite(...of: readonly (Attribution | AnyMethod)[]): string {
  if (of.length === 0) throw wrongType("cite", "a map or a method", "none");
  const papers = of.flatMap((one) => papersOf(one));
  return [...new Set(papers)].map(entry).join("\n\n");
}

/** What the library's methods say of their papers, by the methods' names. */
function known(): Map<string, string> {
  const all = Object.values<unknown>(methods).filter(isMethod);
  return new Map(all.map(({ meta }) => [meta.name, meta.paper]));
}

function isMethod(value: unknown): value is AnyMethod {
  return typeof value === "function" && "meta" in value && "solve" in value;
}

function papersOf(of: Attribution | AnyMethod): string[] {
  const isMap = of instanceof Attribution;
  if (!isMap && !isMethod(of)) throw wrongType("cite", "a map or a method", shown(of));
  const name = isMap ? of.method : of.meta.name;
  const own = known();
  // A wrapper is named as it is written: share(integratedGradients).
  const named = name.split(/[^\w$]+/).flatMap((part) => own.get(part) ?? []);
  const said = isMap ? named : [of.meta.paper, ...named];
  const papers = said.flatMap((paper) => paper.split(/;\s*/)).filter((paper) => paper !== "");
  if (papers.length === 0) throw wrongType("cite", "a method that names its paper (meta.paper)", name);
  return papers;
}

/** `Xu et al. 2020, arXiv 2004.03383`: who, when, and where. */
const SAID = /^(?<who>.*?),?\s*(?<year>\d{4})(?:,\s*(?<where>(?:arXiv|doi) \S+))?$/;

function entry(said: string): string {
  const { who = said, year = "", where = "" } = SAID.exec(said)?.groups ?? {};
  const found = BIBLIOGRAPHY[where];
  const authors = found?.authors ?? who.replace(/ et al\.$/, " and others").replace(/, (?!and )/g, " and ");
  const title = found?.title ?? "";
  const when = found?.year ?? year;
  const [, kind = "", number = ""] = /^(arXiv|doi) (.*)$/.exec(where) ?? [];
  const fields: [string, string | number][] = [
    ["author", authors],
    ["title", title && `{${title}}`],
    ["year", when],
    ...(kind === "arXiv"
      ? ([
          ["eprint", number],
          ["archivePrefix", "arXiv"],
        ] as [string, string][])
      : [["doi", number] as [string, string]]),
  ];
  const key = [authors.split(/[,\s]/)[0], when, title.split(/[^\p{L}\p{N}-]+/u).find(Boolean) ?? ""]
    .join("")
    .toLowerCase()
    .normalize("NFD")
    .replace(/[^a-z0-9]/g, "");
  const lines = fields.filter(([, value]) => value !== "").map(([name, value]) => `  ${name} = {${value}}`);
  return `@${kind === "doi" ? "article" : "misc"}{${key},\n${lines.join(",\n")}\n}`;
}
