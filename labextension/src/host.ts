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

export interface Application {
  /** when all plugins are active */
  readonly started: Promise<void>;
}

export interface Plugin {
  id: string;
  description: string;
  autoStart: boolean;
  requires: object[];
  activate(app: Application, registry: RenderMimeRegistry): void;
}
