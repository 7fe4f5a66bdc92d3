import type { JupyterComm, LuminoSignal, NotebookPanel, NotebookTracker } from "./host";

/** Pages of the explorer in a notebook's outputs: each is given the notebook's kernel, by which its state comes back to the cells. */

/** The target that the kernel knows. */
const TARGET = "gradlens.explorer";

type Data = Readonly<Record<string, unknown>>;
type Listener = (content: unknown) => void;

/** The model of one page, in the shape that anywidget's hosts give: fields that both sides may change, and messages. */
class KernelModel {
  private readonly fields: Record<string, unknown>;
  private readonly listeners = new Map<string, Set<Listener>>();
  private changed: Record<string, unknown> = {};
  private comm: JupyterComm | undefined;
  /** Messages that are sent once there is a kernel. */
  private waiting: Data[] = [];
  private panel: NotebookPanel | undefined;

  constructor(
    private readonly el: HTMLElement,
    private readonly tracker: NotebookTracker,
    data: Data,
  ) {
    this.fields = { ...data };
    this.findNotebook();
  }

  get(name: string): unknown {
    return this.fields[name];
  }

  set(name: string, value: unknown): void {
    this.fields[name] = value;
    this.changed[name] = value;
  }

  save_changes(): void {
    const state = this.changed;
    this.changed = {};
    // A change that nobody hears is kept by the page itself.
    if (this.comm) this.comm.send({ method: "update", state });
  }

  send(content: unknown): void {
    const message = { method: "custom", content };
    if (this.comm) this.comm.send(message);
    else if (this.panel) this.waiting.push(message);
    else this.gone();
  }

  on(event: string, listener: Listener): void {
    this.listeners.set(event, (this.listeners.get(event) ?? new Set()).add(listener));
  }

  /** The notebook around the page; a page that stands elsewhere, as in a log, has no kernel. */
  private findNotebook(): void {
    this.panel = this.tracker.find((panel) => panel.node.contains(this.el));
    const context = this.panel?.sessionContext;
    if (!context) return;
    void context.ready.then(() => this.connect());
    const again = (signal: LuminoSignal) => signal.connect(() => this.connect());
    again(context.kernelChanged);
  }

  private connect(): void {
    const kernel = this.panel?.sessionContext.session?.kernel;
    if (!kernel || this.panel?.isDisposed || !this.el.isConnected) return;
    const comm = kernel.createComm(TARGET);
    comm.onMsg = ({ content }) => this.receive(content.data);
    comm.onClose = () => {
      if (this.comm !== comm) return;
      this.comm = undefined;
      this.gone();
    };
    this.comm = comm;
    comm.open({ id: this.fields["id"] });
    for (const message of this.waiting.splice(0)) comm.send(message);
  }

  private receive(data: Data): void {
    if (data["method"] === "gone") this.gone();
    else if (data["method"] === "custom") this.tell("msg:custom", data["content"]);
    else if (data["method"] === "update")
      for (const [name, value] of Object.entries(Object(data["state"]))) {
        this.fields[name] = value;
        this.tell(`change:${name}`, value);
      }
  }

  /** No kernel answers: whoever waits is told. */
  private gone(): void {
    this.waiting = [];
    this.tell("msg:custom", { gone: true });
  }

  private tell(event: string, content: unknown): void {
    for (const listener of this.listeners.get(event) ?? []) listener(content);
  }
}

/** Offers the notebooks' kernels to the pages in their outputs. */
export function offerKernels(tracker: NotebookTracker): void {
  Reflect.set(
    globalThis,
    Symbol.for("gradlens.connect"),
    (el: HTMLElement, data: Data) => new KernelModel(el, tracker, data),
  );
}
