/** Jupyter's notebook file: https://nbformat.readthedocs.io/en/latest/format_description.html */
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import type { Content } from "../protocol/message";
import type { Received } from "./client";

export type MultilineText = string | string[];

export interface Output {
  output_type: "stream" | "display_data" | "execute_result" | "error";
  name?: string;
  text?: MultilineText;
  data?: Record<string, unknown>;
  metadata?: Record<string, unknown>;
  execution_count?: number | null;
  ename?: string;
  evalue?: string;
  traceback?: string[];
}

export interface Cell {
  id?: string;
  cell_type: "code" | "markdown" | "raw";
  source: MultilineText;
  metadata: Record<string, unknown>;
  attachments?: Record<string, Record<string, MultilineText>>;
  execution_count?: number | null;
  outputs?: Output[];
}

export interface Notebook {
  nbformat: number;
  nbformat_minor: number;
  metadata: Record<string, unknown>;
  cells: Cell[];
}

export function textOf(text: MultilineText | undefined): string {
  return Array.isArray(text) ? text.join("") : (text ?? "");
}

export function readNotebook(file: string): Notebook {
  let notebook: Notebook;
  try {
    notebook = JSON.parse(readFileSync(file, "utf8")) as Notebook;
  } catch (error) {
    throw new Error(`readNotebook(): expected a notebook, got ${file}: ${(error as Error).message}`);
  }
  if (notebook?.nbformat !== 4 || !Array.isArray(notebook.cells))
    throw new Error(
      `readNotebook(): expected nbformat 4, got ${notebook?.nbformat ?? "another file"}: ${file}`,
    );
  const wrong = notebook.cells.findIndex((cell) => typeof cell?.cell_type !== "string");
  if (wrong >= 0) throw new Error(`readNotebook(): expected a cell with cell_type at ${wrong}: ${file}`);
  const cells = notebook.cells.map((cell) => ({ ...cell, metadata: cell.metadata ?? {} }));
  return { ...notebook, metadata: notebook.metadata ?? {}, cells };
}

export function writeNotebook(file: string, notebook: Notebook): void {
  writeFileSync(file, `${JSON.stringify(notebook, null, 1)}\n`);
}

/** Lines as nbformat stores them, each with its line end. */
function splitLines(text: string): string[] {
  return text === "" ? [] : (text.match(/[^\n]*\n|[^\n]+$/g) ?? []);
}

function isText(mime: string): boolean {
  return mime.startsWith("text/") || mime === "image/svg+xml" || mime === "application/javascript";
}

function storedBundle(data: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(data).map(([mime, value]) => [
      mime,
      isText(mime) && typeof value === "string" ? splitLines(value) : value,
    ]),
  );
}

/** Displays by their id, in all cells of a notebook. */
export type NamedDisplays = Map<string, Output[]>;

/** Collects what a kernel publishes for a cell, which may be more after its end, and updates displays of other cells. */
export class OutputCollector {
  readonly #target: Output[] = [];
  #clearNext = false;

  readonly #cell: Cell;
  readonly #displays: NamedDisplays;

  constructor(cell: Cell, displays: NamedDisplays) {
    this.#cell = cell;
    this.#displays = displays;

    cell.outputs = this.#target;
    cell.execution_count = null;
  }

  receive(message: Pick<Received, "header" | "content">): void {
    const { content } = message;
    const id = (content.transient as { display_id?: string } | undefined)?.display_id;
    switch (message.header.msg_type) {
      case "execute_input":
        this.#cell.execution_count = Number(content.execution_count);
        return;
      case "stream":
        this.#addStream(String(content.name), String(content.text));
        return;
      case "display_data":
      case "execute_result":
        this.#add(richOutput(message.header.msg_type, content), id);
        return;
      case "update_display_data": {
        const { data, metadata } = richOutput("display_data", content);
        for (const output of (id !== undefined && this.#displays.get(id)) || [])
          Object.assign(output, { data, metadata });
        return;
      }
      case "error": {
        const { ename, evalue, traceback } = content as unknown as {
          ename: string;
          evalue: string;
          traceback: string[];
        };
        this.#add({ output_type: "error", ename, evalue, traceback });
        return;
      }
      case "clear_output":
        if (content.wait === true) this.#clearNext = true;
        else this.#target.length = 0;
        return;
    }
  }

  #addStream(name: string, text: string): void {
    const last = this.#clearNext ? undefined : this.#target.at(-1);
    if (last?.output_type === "stream" && last.name === name)
      last.text = splitLines(textOf(last.text) + text);
    else this.#add({ output_type: "stream", name, text: splitLines(text) });
  }

  #add(output: Output, id?: string): void {
    if (this.#clearNext) this.#target.length = 0;
    this.#clearNext = false;
    this.#target.push(output);
    if (id !== undefined) this.#displays.set(id, [...(this.#displays.get(id) ?? []), output]);
  }
}

function richOutput(type: "display_data" | "execute_result", content: Content): Output {
  const output: Output = {
    output_type: type,
    data: storedBundle((content.data ?? {}) as Record<string, unknown>),
    metadata: (content.metadata ?? {}) as Record<string, unknown>,
  };
  if (type === "execute_result") output.execution_count = Number(content.execution_count);
  return output;
}

/** The same notebook as nbformat 4.5: every cell has an id and a source in lines. */
export function normalized(notebook: Notebook): Notebook {
  const cells = notebook.cells.map((cell) => ({
    ...cell,
    id: cell.id ?? randomBytes(4).toString("hex"),
    source: splitLines(textOf(cell.source)),
  }));
  return { ...notebook, nbformat_minor: Math.max(5, notebook.nbformat_minor), cells };
}
