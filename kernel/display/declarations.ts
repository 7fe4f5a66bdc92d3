/**
 * Declarations of the globals of every cell, for the type checker. Kept in step with globals.ts; a cell may declare the same
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
interface GradlensProgressTask {
  /** Moves on by some steps, one by default. */
  advance(steps?: number): void;
  /** Sets how many steps are done. */
  set(done: number): void;
  /** Takes the bar away. */
  end(): void;
}
interface GradlensProgress {
  /** Walks through items and shows how far it is, once it takes longer than half a second. */
  <T>(items: Iterable<T>, options?: { label?: string; total?: number }): Iterable<T>;
  <T>(items: AsyncIterable<T>, options?: { label?: string; total?: number }): AsyncIterable<T>;
  /** A bar that you move yourself; it goes with the cell's end at the latest. */
  task(label: string, total?: number): GradlensProgressTask;
}
interface GradlensWidget<State> {
  /** The value of one field. */
  get<Name extends keyof State>(name: Name): State[Name];
  /** Changes fields here and in every view. */
  set(changes: Partial<State>): void;
  /** Called with the new value when the front-end changes the field; gives a function that ends it. */
  onChange<Name extends keyof State>(name: Name, handler: (value: any) => void): () => void;
  /** Sends a message to the front-end: model.on("msg:custom", …) there. */
  send(content: unknown, buffers?: readonly (ArrayBuffer | ArrayBufferView)[]): void;
  /** Called with what the front-end sends by model.send; gives a function that ends it. */
  onMessage(handler: (content: any, buffers: Uint8Array[]) => void): () => void;
  /** Takes the widget off every page. */
  close(): void;
}
/** An anywidget: esm is a module whose default export has render({ model, el }); both sides may change the state. */
declare function widget<State extends Record<string, any> = {}>(options: {
  esm: string;
  css?: string;
  state?: State;
  /** HTML that is shown where widgets are not. */
  fallback?: string;
}): GradlensWidget<State>;
/** A progress bar in the running cell: for (const x of progress(xs)) …, or progress.task("label", total). */
declare const progress: GradlensProgress;
/** Shows values in the notebook: display(value), display.html("<b>…</b>"). */
declare const display: GradlensDisplay;
/** HTML as a value of a cell; what is interpolated is escaped unless it is html itself. */
declare function html(strings: TemplateStringsArray, ...values: unknown[]): GradlensDisplayable;
/** Markdown as a value of a cell. */
declare function md(strings: TemplateStringsArray, ...values: unknown[]): GradlensDisplayable;
/** An SVG picture as a value of a cell; what is interpolated is escaped unless it is svg itself. */
declare function svg(strings: TemplateStringsArray, ...values: unknown[]): GradlensDisplayable;
`;
