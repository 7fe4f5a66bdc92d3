/**
 * anywidget's widgets over comms: https://anywidget.dev and the widget messaging protocol 2.1. The front-end needs
 * ipywidgets' manager and anywidget; without them it shows the fallback.
 */
import { checkOptions } from "../../src/check";
import type { BinaryData, Comm, CommMessage } from "../comms/comm";
import type { Comms } from "../comms/comms";
import { DISPLAY, type MimeBundle } from "../display/bundle";
import { escapeMarkup } from "../display/tags";
import { keepOrigin } from "../isolation/origin";
import type { Content } from "../protocol/message";
import { type Packed, type Path, pack, unpack } from "./buffers";

export interface WidgetOptions<State extends Content> {
  /** An ECMAScript module whose default export has `render({ model, el })`. */
  esm: string;
  css?: string;
  state?: State;
  /** HTML that is shown where widgets are not. */
  fallback?: string;
}

export type ChangeHandler = (value: unknown) => void;
export type CustomHandler = (content: unknown, buffers: Uint8Array[]) => void;

const TARGET = "jupyter.widget";
const CONTROL_TARGET = "jupyter.widget.control";
const PROTOCOL = { version: "2.1.0" };
const MODULE = "anywidget";
/** Any: the protocol between kernel and front-end is the same in all of them. */
const MODULE_VERSION = "*";
const MODEL = { model_name: "AnyModel", model_module: MODULE, model_module_version: MODULE_VERSION };
const VIEW_MIME = "application/vnd.jupyter.widget-view+json";

/** The fields of the protocol, which no state of the user's may replace. */
function protocolState(esm: string, css: string | undefined): Content {
  return {
    _model_module: MODULE,
    _model_name: MODEL.model_name,
    _model_module_version: MODULE_VERSION,
    _view_module: MODULE,
    _view_name: "AnyView",
    _view_module_version: MODULE_VERSION,
    _view_count: null,
    _anywidget_id: "gradlens.Widget",
    _esm: esm,
    ...(css === undefined ? {} : { _css: css }),
  };
}

/** A part of the page with state that both sides may change. */
export interface Widget<State extends Content = Content> {
  /** The value of one field. */
  get<Name extends keyof State & string>(name: Name): State[Name];
  /** Changes fields here and in every view. */
  set(changes: Partial<State>): void;
  /** Called with the new value when the front-end changes the field; gives a function that ends it. */
  onChange(name: keyof State & string, handler: ChangeHandler): () => void;
  /** Sends a message to the front-end: `model.on("msg:custom", …)` there. */
  send(content: unknown, buffers?: readonly BinaryData[]): void;
  /** Called with what the front-end sends by `model.send`; gives a function that ends it. */
  onMessage(handler: CustomHandler): () => void;
  /** Takes the widget off every page. */
  close(): void;
}

class AnyWidget<State extends Content = Content> implements Widget<State> {
  readonly #comm: Comm;
  readonly #own: Content;
  #state: Content;
  readonly #changes: Map<string, Set<ChangeHandler>> = new Map();
  readonly #customs: Set<CustomHandler> = new Set();
  readonly #fallback: string | undefined;

  readonly #forget: (widget: AnyWidget) => void;

  constructor(
    comms: Comms,
    { esm, css, state, fallback }: WidgetOptions<State>,
    forget: (widget: AnyWidget) => void,
  ) {
    this.#forget = forget;

    this.#own = protocolState(esm, css);
    this.#state = { ...state };
    this.#fallback = fallback;
    const { buffers, ...data } = this.packed();
    this.#comm = comms.open(TARGET, data as unknown as Content, { metadata: PROTOCOL, buffers });
    this.#comm.onMessage((message) => this.#receive(message));
    this.#comm.onClose(() => this.#forget(this as unknown as AnyWidget));
  }

  get id(): string {
    return this.#comm.id;
  }

  get<Name extends keyof State & string>(name: Name): State[Name] {
    return this.#state[name] as State[Name];
  }

  set(changes: Partial<State>): void {
    this.#state = { ...this.#state, ...changes };
    this.#tell("update", pack(changes as Content));
  }

  onChange(name: keyof State & string, handler: ChangeHandler): () => void {
    const handlers = this.#changes.get(name) ?? new Set();
    const own = keepOrigin(handler);
    this.#changes.set(name, handlers.add(own));
    return () => handlers.delete(own);
  }

  send(content: unknown, buffers: readonly BinaryData[] = []): void {
    this.#comm.send({ method: "custom", content }, { buffers });
  }

  onMessage(handler: CustomHandler): () => void {
    const own = keepOrigin(handler);
    this.#customs.add(own);
    return () => this.#customs.delete(own);
  }

  close(): void {
    this.#comm.close();
    this.#forget(this as unknown as AnyWidget);
  }

  /** Everything a front-end needs to make the widget. */
  packed(): Packed {
    return pack({ ...this.#state, ...this.#own });
  }

  [DISPLAY](): MimeBundle {
    const text = `widget ${Object.keys(this.#state).join(", ")}`.trim();
    const note = "This widget needs ipywidgets and anywidget in the front-end.";
    return {
      [VIEW_MIME]: { version_major: 2, version_minor: 1, model_id: this.id },
      "text/html": this.#fallback ?? `<p>${escapeMarkup(note)}</p>`,
      "text/plain": text,
    };
  }

  #tell(method: string, { buffers, ...data }: Packed): void {
    this.#comm.send({ method, ...data }, { buffers });
  }

  #receive({ data, buffers }: CommMessage): void {
    if (data.method === "request_state") this.#tell("update", this.packed());
    else if (data.method === "custom") for (const handler of this.#customs) handler(data.content, buffers);
    else if (data.method === "update") {
      const changed = unpack((data.state ?? {}) as Content, (data.buffer_paths ?? []) as Path[], buffers);
      for (const [name, value] of Object.entries(changed)) {
        if (name in this.#own) continue;
        this.#state = { ...this.#state, [name]: value };
        for (const handler of this.#changes.get(name) ?? []) handler(value);
      }
    }
  }
}

export type WidgetFunction = <State extends Content = Content>(
  options: WidgetOptions<State>,
) => Widget<State>;

/** The `widget` of every cell. Nothing is sent and no target is named until it is first called. */
export function createWidget(comms: Comms): WidgetFunction {
  const widgets = new Set<AnyWidget>();
  /** A page that was loaded anew asks for all widgets at once. */
  const restore = (control: Comm) => {
    control.onMessage(({ data }) => {
      if (data.method !== "request_states") return;
      const states: Content = {};
      const buffer_paths: Path[] = [];
      const buffers: BinaryData[] = [];
      for (const widget of widgets) {
        const packed = widget.packed();
        states[widget.id] = { ...MODEL, state: packed.state };
        buffer_paths.push(...packed.buffer_paths.map((path) => [widget.id, ...path]));
        buffers.push(...packed.buffers);
      }
      control.send({ method: "update_states", states, buffer_paths }, { buffers });
    });
  };
  return (options) => {
    checkOptions("widget", options, ["esm", "css", "state", "fallback"]);
    if (typeof options?.esm !== "string")
      throw new TypeError(`widget(): expected esm to be a string, got ${typeof options?.esm}`);
    comms.onOpen(CONTROL_TARGET, restore);
    const made = new AnyWidget(comms, options, (widget) => widgets.delete(widget));
    widgets.add(made as unknown as AnyWidget);
    return made;
  };
}
