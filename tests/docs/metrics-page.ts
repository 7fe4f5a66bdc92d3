/** docs/metrics.md, from the exports of src/metrics and what is written above them. */
import { registry } from "../metrics/registry";
import { table } from "./generated-page";
import { linked, optionRow } from "./methods-page";
import { quantusTable } from "./quantus-table";
import { sourceComments } from "./source-comments";

const INTRODUCTION = `# Metrics

A metric is \`metric(model, map, options?)\`: one number per example, with the direction in which it is better, its range, and
a sentence on what it cannot show. \`metric.with(options)\` is the same metric with other defaults.`;

const DIRECTIONS = {
  higher: "higher is better",
  lower: "lower is better",
  zero: "near zero is better",
  none: "neither",
};

const bound = (value: number): string => (Number.isFinite(value) ? String(value) : value < 0 ? "−∞" : "∞");

export function metricsPage(): string {
  const comments = sourceComments("src/metrics/index.ts");
  const overview = registry.map(([name, { meta }]) => [
    `[${name}](#${name.toLowerCase()})`,
    DIRECTIONS[meta.direction],
    `${bound(meta.range[0])} to ${bound(meta.range[1])}`,
    meta.needs.join(", ") || "the map alone",
  ]);
  const sections = registry.map(([name, { meta }]) => {
    const rules = Object.entries(meta.options as Record<string, { readonly default: unknown }>);
    const known = comments.options(name);
    const rows = rules.map(([option, rule]) => optionRow(option, rule.default, known.get(option) ?? ""));
    return [
      `## ${name}`,
      ...comments.of(name).paragraphs.map(linked),
      `It shows: ${meta.shows}`,
      `It cannot show: ${meta.cannotShow}`,
      ...(rows.length === 0 ? [] : [table(["option", "default", ""], rows)]),
    ].join("\n\n");
  });
  return [
    INTRODUCTION,
    table(["metric", "better", "range", "needs"], overview),
    ...sections,
    quantusTable(),
  ].join("\n\n");
}
