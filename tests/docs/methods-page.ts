/** docs/methods.md, from the exports of src/attr and what is written above them. */
import type { AnyMethod } from "../../src";
import * as attr from "../../src/attr";
import { registry } from "../models";
import { table } from "./generated-page";
import { type ModuleComments, type SourceComment, sourceComments } from "./source-comments";
import { verifiedAgainst } from "./verified-against";

const INTRODUCTION = `# Methods

Every method is \`method(model, x, options?)\` and resolves to an \`Attribution\`. \`method.with(options)\` is the same method
with other defaults. What a method claims is tested for it on random models (\`tests/attr/laws.test.ts\`).

*Passes* are model evaluations per example with the default options, and in brackets the options that they follow from. *Verified
against* counts the values of references in \`tests/golden\`, whose largest difference is held below that share of the map's largest
entry, and names tests with planted answers. \`cite(map)\` gives the papers as BibTeX.`;

/** The first sentence. */
const saysOf = ({ paragraphs: [first = ""] }: SourceComment): string => first.replace(/\.(\s.*)?$/s, "");

/** A paper with a link to where its number leads. */
export const linked = (paper: string): string =>
  paper.replace(/arXiv (\d+\.\d+)/g, "[arXiv $1](https://arxiv.org/abs/$1)");

/** The default of an option, as one would write it. */
const written = (value: unknown): string => (value === undefined ? "—" : `\`${JSON.stringify(value)}\``);

/** Evaluations per example by default, and the options whose value was read for it. */
function passesOf({ meta, defaults }: AnyMethod): string {
  const rules: Record<string, { readonly default: unknown }> = meta.options;
  const values = Object.entries(rules).map(([name, rule]) => [name, defaults[name] ?? rule.default]);
  const read = new Set<string>();
  const options = new Proxy<Record<string, unknown>>(Object.fromEntries(values), {
    get(all, name: string) {
      read.add(name);
      return all[name];
    },
  });
  const [few, more] = [meta.passes(options, 8), meta.passes(options, 16)];
  const count = few === more ? String(few) : `${more} for 16 entries`;
  return read.size === 0 ? count : `${count} (${[...read].map((name) => `\`${name}\``).join(", ")})`;
}

/** A paragraph as it is, with links; a line that is a formula by itself as a block. */
const paragraph = (text: string): string =>
  text.includes(" = ") && !/[.:]$/.test(text) ? `\`\`\`text\n${text}\n\`\`\`` : linked(text);

/** A row of a table of options; the comment need not repeat the default. */
export function optionRow(name: string, value: unknown, comment: string): string[] {
  const said = `Default ${JSON.stringify(value)}.`;
  const rest = comment.replace(said, "").replace(/ {2,}/g, " ").trim();
  return [`\`${name}\``, written(value), rest];
}

function section(name: string, method: AnyMethod, comments: ModuleComments): string {
  const { meta, defaults } = method;
  const { paragraphs, throws } = comments.of(name);
  const rules = Object.entries(meta.options as Record<string, { readonly default: unknown }>);
  const facts: [string, string][] = [
    ["claims, each tested", meta.axioms.join(", ") || "no axiom"],
    ["needs", meta.gradient ? "gradients" : "scores alone: black boxes too"],
    ["engines", meta.gradient ? "eager, compiled" : "eager, compiled, black box"],
    ["verified against", verifiedAgainst(name)],
    ["baseline", meta.needsBaseline ? "yes" : "no"],
    ["times the input", meta.multipliesByInput ? "yes" : "no"],
    ["explains", meta.defaultLayer ? "a layer, chosen where none is named" : "the input, or a layer"],
    ["passes", passesOf(method)],
    ["zero everywhere means", meta.whenZero],
    ["paper", paragraphs.some((text) => /arXiv|doi/.test(text)) ? "" : linked(meta.paper)],
  ];
  return [
    `## ${name}`,
    ...paragraphs.map(paragraph),
    ...throws.map((text) => `Throws ${text}`),
    table(
      ["", ""],
      facts.filter(([, value]) => value !== ""),
    ),
    ...(rules.length === 0
      ? []
      : [
          table(
            ["option", "default", ""],
            rules.map(([option, rule]) =>
              optionRow(option, defaults[option] ?? rule.default, comments.options(name).get(option) ?? ""),
            ),
          ),
        ]),
  ].join("\n\n");
}

/** Functions beside the methods that make methods of methods. */
function wrapper(name: string, comments: ModuleComments): string {
  const all = comments.options(name);
  // Of a wrapper without options of its own these are the parts of a method.
  const options = all.has("solve") ? [] : [...all].map(([option, comment]) => [`\`${option}\``, comment]);
  return [
    `## ${name}`,
    ...comments.of(name).paragraphs.map(paragraph),
    ...(options.length === 0 ? [] : [table(["option", ""], options)]),
  ].join("\n\n");
}

export function methodsPage(): string {
  const comments = sourceComments("src/index.ts");
  const wrappers = Object.entries(attr).flatMap(([name, value]) =>
    typeof value === "function" && !("meta" in value) ? [name] : [],
  );
  const overview = registry.map(([name, method]) => [
    `[${name}](#${name.toLowerCase()})`,
    saysOf(comments.of(name)),
    method.meta.axioms.join(", ") || "none",
    method.meta.needsBaseline ? "yes" : "no",
    passesOf(method),
    verifiedAgainst(name),
  ]);
  const studies = ["hessian", "curvature", "integratedHessians", "shapleyInteractions", "lags"];
  const common = [...comments.members("CommonOptions"), ...comments.members("BaselineOptions")];
  return [
    INTRODUCTION,
    table(
      ["method", "says", "axioms claimed and tested", "baseline", "passes", "verified against"],
      overview,
    ),
    ...registry.map(([name, method]) => section(name, method, comments)),
    ...wrappers.map((name) => wrapper(name, comments)),
    "## Options of every method",
    "`baseline` is taken by the methods that need one.",
    table(
      ["option", ""],
      common.map(([name, comment]) => [`\`${name}\``, comment]),
    ),
    "# Studies of pairs, curvature and lags",
    "Each is `study(model, x, options?)` and resolves to a `Study`: tables, matrices, maps and curves, with a figure of its own.",
    ...studies.map((name) => wrapper(name, comments)),
  ].join("\n\n");
}
