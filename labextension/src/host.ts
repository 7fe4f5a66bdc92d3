/** What this extension uses of JupyterLab and Notebook, which provide it at run time. */

/** A module that the host shares with its extensions, in one version. */
export interface SharedModule {
  get(): (() => unknown) | Promise<() => unknown>;
  loaded?: boolean | number;
}

/** The host's shared modules: package name, then version. */
export type ShareScope = Record<string, Record<string, SharedModule> | undefined>;

export interface LuminoWidget {
  readonly node: HTMLElement;
  readonly isDisposed: boolean;
  addClass(name: string): void;
  dispose(): void;
}

export interface LuminoWidgets {
  Widget: new () => LuminoWidget;
}

/** An output as the notebook holds it. */
export interface MimeModel {
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Renderer extends LuminoWidget {
  renderModel(model: MimeModel): Promise<void>;
}

export interface RendererFactory {
  safe: boolean;
  mimeTypes: readonly string[];
  defaultRank: number;
  createRenderer(options: RendererOptions): Renderer;
}

/** What a renderer is made with; hosts add what theirs need. */
export interface RendererOptions {
  mimeType: string;
}

export interface RenderMimeRegistry {
  getFactory(mimeType: string): RendererFactory | undefined;
  getRank(mimeType: string): number | undefined;
  addFactory(factory: RendererFactory, rank?: number): void;
}

export interface Rendermime {
  /** the token by which a plugin asks for the registry */
  IRenderMimeRegistry: object;
}

export interface LuminoSignal {
  connect(listener: () => void): boolean;
}

/** One side of a conversation with the kernel. */
export interface JupyterComm {
  open(data: Readonly<Record<string, unknown>>): unknown;
  send(data: Readonly<Record<string, unknown>>): unknown;
  onMsg: (message: { readonly content: { readonly data: Readonly<Record<string, unknown>> } }) => void;
  onClose: () => void;
}

export interface NotebookPanel {
  readonly node: HTMLElement;
  readonly isDisposed: boolean;
  readonly sessionContext: {
    readonly ready: Promise<void>;
    readonly kernelChanged: LuminoSignal;
    readonly session: { readonly kernel: { createComm(target: string): JupyterComm } | null } | null;
  };
}

/** All open notebooks. */
export interface NotebookTracker {
  find(test: (panel: NotebookPanel) => boolean): NotebookPanel | undefined;
}

export interface NotebookModule {
  /** the token by which a plugin asks for the tracker */
  INotebookTracker: object;
}

export interface Application {
  /** when all plugins are active */
  readonly started: Promise<void>;
}

/** A plugin that asks for one service. */
export interface Plugin<Service = RenderMimeRegistry> {
  id: string;
  description: string;
  autoStart: boolean;
  requires?: object[];
  /** services without which it is active all the same: they are null then */
  optional?: object[];
  activate(app: Application, service: Service): void;
}
