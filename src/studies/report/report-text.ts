/** Words of a report: sentences made from its numbers alone, the same for the same numbers. */
import type { CheckResult } from "./report-checks";
import { type ReportContents, type ReportSection, written } from "./report-contents";

/** Sentences that stand in every report. */
const CAVEATS: readonly string[] = [
  "A map says what moved this net's score at this input. It does not say what causes anything in the world.",
  "What features do together is shared out by a rule; another baseline or method shares it out otherwise.",
  "Checks that hold do not prove a map right: each can only fail to speak against it.",
];

/** A share of one, in percent. */
function percent(share: number): string {
  return `${written(100 * share)} %`;
}

/** The sections of a report. */
export function sectionsOf(contents: ReportContents): ReportSection[] {
  const { checks } = contents;
  const failed = checks.filter(({ held }) => held === false);
  return [
    { title: "What was decided", sentences: decided(contents) },
    { title: "What drove it", sentences: drove(contents) },
    { title: "What was checked", sentences: checks.map(checkedInWords) },
    {
      title: "What failed",
      sentences:
        failed.length === 0
          ? ["None of the checks failed."]
          : failed.flatMap(({ name, notes }) =>
              notes.length === 0
                ? [`The check of ${name} failed.`]
                : notes.map((note) => `${capital(name)}: ${note}`),
            ),
    },
    { title: "How far to trust it", sentences: trust(checks) },
    { title: "What would change it", sentences: change(contents) },
    { title: "What no map can say", sentences: CAVEATS },
  ];
}

function decided({ target, score, explain, baselineScore, classes, method }: ReportContents): string[] {
  const unit = explain === "output" ? "score" : explain === "logProbability" ? "log-probability" : explain;
  const [first, ...others] = classes;
  return [
    ...(first
      ? [
          `The net decides for “${first.label}” with ${explain === "output" ? `a score of ${written(first.value)}` : `a probability of ${percent(first.value)}`}${others.length > 0 ? `, before ${others.map(({ label, value }) => `“${label}” (${explain === "output" ? written(value) : percent(value)})`).join(" and ")}` : ""}.`,
        ]
      : []),
    `Explained is the ${unit} of “${target}”, which is ${written(score)}${baselineScore === undefined ? "" : ` here and ${written(baselineScore)} at the baseline`}, by ${method}.`,
  ];
}

function drove({ drivers, warnings }: ReportContents): string[] {
  const sides = {
    for: drivers.filter(({ value }) => value > 0),
    against: drivers.filter(({ value }) => value < 0),
  };
  const listed = (list: ReportContents["drivers"]): string =>
    list.map(({ name, share }) => `“${name}” (${percent(share)})`).join(", ");
  return [
    ...(drivers.length === 0 ? ["The map is zero everywhere: it names no driver."] : []),
    ...(sides.for.length > 0 ? [`Most of all for it: ${listed(sides.for)}.`] : []),
    ...(sides.against.length > 0 ? [`Most of all against it: ${listed(sides.against)}.`] : []),
    ...(drivers.length > 0 ? ["Percentages are shares of the whole map's magnitude."] : []),
    ...warnings.map((warning) => `The method warns: “${warning}”.`),
  ];
}

function checkedInWords({ name, measures, value, bound, better, held, notes }: CheckResult): string {
  if (value === undefined)
    return `${capital(name)} has no answer${notes.length > 0 ? `: “${notes[0]}”` : ""}.`;
  return `${capital(name)} ${held ? "holds" : "fails"}: ${measures} is ${written(value)}, and should be ${better} ${written(bound)}.`;
}

function trust(checks: readonly CheckResult[]): string[] {
  const told = checks.filter(({ held }) => held !== undefined);
  const failed = told.filter(({ held }) => held === false);
  const counted = `${failed.length} of ${told.length} checks failed`;
  if (failed.length === 0) return [`${counted}: nothing that was checked speaks against this map.`];
  const names = failed.map(({ name }) => name).join(", ");
  return 3 * failed.length <= told.length
    ? [`${counted} (${names}): use the map with that in mind.`]
    : [`${counted} (${names}): do not rely on this map.`];
}

function change({ flips, decides }: ReportContents): string[] {
  if (!decides)
    return [
      "The net gives one number and decides nothing; give minimalSets a threshold to ask what would cross it.",
    ];
  if (flips === undefined) return ["The decision stays the same without any of what was hidden."];
  return [
    `Without “${flips.without}” (${flips.features} of the features or blocks) the decision is another: “${flips.afterwards}”.`,
  ];
}

function capital(text: string): string {
  return text[0].toUpperCase() + text.slice(1);
}
