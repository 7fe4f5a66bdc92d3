/** Record of a report: plain data, one page in HTML or Markdown, one figure. */
import type { Attribution } from "../../attribution";
import { DISPLAY, type Figure, INSPECT, type MimeBundle } from "../../display";
import { htmlText } from "../../display/text";
import { Study } from "../study";
import type { CheckResult } from "./report-checks";
import { type ReportContents, type ReportSection, written } from "./report-contents";

/** A report; in a notebook it shows itself. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the display methods are set on the prototype
export class Report {
  readonly #map: Attribution;

  constructor(
    readonly contents: ReportContents,
    /** Plain language, section by section. */
    readonly sections: readonly ReportSection[],
    map: Attribution,
  ) {
    this.#map = map;
    Object.freeze(this);
  }

  /** Checks that failed. */
  get failed(): readonly CheckResult[] {
    return this.contents.checks.filter(({ held }) => held === false);
  }

  /** The map, its drivers and its checks as one figure. */
  figure(): Figure {
    const { drivers, checks } = this.contents;
    const { rows, colours } = this.#map.figure().description;
    return new Study({
      kind: "report",
      tables: [
        {
          name: "drivers",
          columns: [
            { name: "driver", values: drivers.map(({ name }) => name) },
            { name: "adds", unit: "score", values: drivers.map(({ value }) => value) },
            { name: "share", values: drivers.map(({ share }) => share) },
          ],
        },
        {
          name: "checks",
          columns: [
            { name: "check", values: checks.map(({ name }) => name) },
            { name: "value", values: checks.map(({ value }) => value) },
            { name: "should be", values: checks.map(({ better, bound }) => `${better} ${written(bound)}`) },
            { name: "holds", values: checks.map(({ held }) => verdict(held)) },
          ],
        },
      ],
      findings: this.sections.flatMap(({ title, sentences }) =>
        title === "What was decided" || title === "How far to trust it" ? [...sentences] : [],
      ),
      drawing: { rows, colours },
    }).figure();
  }

  /** Plain data: the numbers, and the sections that were made of them. */
  toJSON(): {
    readonly kind: "report";
    readonly numbers: readonly string[];
    readonly sections: readonly ReportSection[];
  } & ReportContents {
    const numbers = numbersOf(this.contents);
    return { kind: "report", ...this.contents, numbers, sections: this.sections };
  }

  /** One page in Markdown. */
  toMarkdown(): string {
    const lines = this.sections.flatMap(({ title, sentences }) => [
      `## ${title}`,
      "",
      ...sentences.map((sentence) => `- ${sentence.replace(/([\\`*_[\]<>#|])/g, "\\$1")}`),
      "",
    ]);
    return [`# Report: ${this.contents.target.replace(/([\\`*_[\]<>#|])/g, "\\$1")}`, "", ...lines].join(
      "\n",
    );
  }

  /** One stand-alone page: the words, and the figure as SVG. */
  async toHTML(): Promise<string> {
    const sections = this.sections.map(
      ({ title, sentences }) =>
        `<section><h2>${htmlText(title)}</h2><ul>${sentences.map((sentence) => `<li>${htmlText(sentence)}</li>`).join("")}</ul></section>`,
    );
    return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Report: ${htmlText(this.contents.target)}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}h1{font-size:1.5rem}h2{font-size:1.1rem;margin:1.5rem 0 .3rem}ul{margin:0;padding-left:1.2rem}figure{margin:1rem 0;overflow-x:auto}</style>
</head><body><main><h1>Report: ${htmlText(this.contents.target)}</h1>
${sections.join("\n")}
<figure>${await this.figure().toSVG()}</figure>
</main></body></html>
`;
  }

  /** What was decided, what failed, and how far to trust it. */
  toString(): string {
    const said = ["What was decided", "What failed", "How far to trust it"];
    return [
      "report",
      ...this.sections.flatMap(({ title, sentences }) => (said.includes(title) ? [...sentences] : [])),
    ].join("\n");
  }

  static {
    Object.defineProperties(Report.prototype, {
      [INSPECT]: { value: Report.prototype.toString },
      [DISPLAY]: {
        value(this: Report): Promise<MimeBundle> {
          return this.figure()[DISPLAY]();
        },
      },
    });
  }
}

export interface Report {
  /** Output in a notebook. */
  [DISPLAY](): Promise<MimeBundle>;
  /** Text in a terminal. */
  [INSPECT](): string;
}

function verdict(held: boolean | undefined): string {
  return held === undefined ? "no answer" : held ? "yes" : "no";
}

/** Every number of a report as its sentences write it, plain and in percent, in the order in which they stand. */
function numbersOf({ score, baselineScore, classes, drivers, checks, flips }: ReportContents): string[] {
  const failed = checks.filter(({ held }) => held === false).length;
  const told = checks.filter(({ held }) => held !== undefined).length;
  const values = [
    score,
    ...(baselineScore === undefined ? [] : [baselineScore]),
    ...classes.flatMap(({ value }) => [value, 100 * value]),
    ...drivers.flatMap(({ value, share }) => [value, 100 * share]),
    ...checks.flatMap(({ value, bound }) => (value === undefined ? [bound] : [value, bound])),
    ...(flips === undefined ? [] : [flips.features]),
    failed,
    told,
  ];
  return [...new Set(values.map(written))];
}
