/**
 * What the type checker knows of the globals of every cell. Kept in step with globals.ts; a cell may declare the same
 * names itself.
 */
export const CELL_DECLARATIONS: string = `
interface GradlensDisplayOptions {
  /** Names the output, so that a later call can replace it. */
  id?: string;
  /** Replaces the output named by id. */
  update?: boolean;
}
/** MIME types and what is shown for each. */
interface GradlensMimeBundle {
  [mimeType: string]: unknown;
}
interface GradlensDisplay {
  /** Shows a value as the last expression of a cell would be shown. */
  (value: unknown, options?: GradlensDisplayOptions): Promise<void>;
  /** Shows HTML. */
  html(html: string, options?: GradlensDisplayOptions): void;
  /** Shows Markdown. */
  md(markdown: string, options?: GradlensDisplayOptions): void;
  /** Shows an SVG picture. */
  svg(svg: string, options?: GradlensDisplayOptions): void;
  /** Shows a value as an expandable JSON tree. */
  json(value: unknown, options?: GradlensDisplayOptions): void;
  /** Shows a MIME bundle as it is. */
  raw(bundle: GradlensMimeBundle, options?: GradlensDisplayOptions): void;
}
interface GradlensDisplayable {
  toString(): string;
}
/** Shows values in the notebook: display(value), display.html("<b>…</b>"). */
declare const display: GradlensDisplay;
/** HTML as a value of a cell; what is interpolated is escaped unless it is html itself. */
declare function html(strings: TemplateStringsArray, ...values: unknown[]): GradlensDisplayable;
/** Markdown as a value of a cell. */
declare function md(strings: TemplateStringsArray, ...values: unknown[]): GradlensDisplayable;
/** An SVG picture as a value of a cell; what is interpolated is escaped unless it is svg itself. */
declare function svg(strings: TemplateStringsArray, ...values: unknown[]): GradlensDisplayable;
`;
