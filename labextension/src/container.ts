import type {
  LuminoWidgets,
  NotebookModule,
  NotebookTracker,
  Plugin,
  Rendermime,
  SharedModule,
  ShareScope,
} from "./host";
import { explorerPlugin, plotlyPlugin, vegaPlugin } from "./plugin";

/**
 * The entry of a prebuilt extension: a module federation container, which JupyterLab finds by the extension's
 * name, hands its shared modules to, and asks for the plugin.
 */

type AnyPlugin = Plugin | Plugin<NotebookTracker | null>;

let shared: ShareScope | undefined;

/** Versions as numbers, for comparison; a pre-release counts as its release. */
function parts(version: string): number[] {
  return version.split(/[-+]/)[0]!.split(".").map(Number);
}

function isNewer(a: string, b: string): boolean {
  const [left, right] = [parts(a), parts(b)];
  const place = left.findIndex((part, i) => part !== right[i]);
  return place >= 0 && left[place]! > (right[place] ?? 0);
}

/** A module of the host. Its own copy must be used: tokens and widgets are compared by identity. */
async function hostModule<T>(name: string): Promise<T> {
  const versions = Object.entries(shared?.[name] ?? {});
  const rank = ([, module]: [string, SharedModule]) => (module.loaded ? 1 : 0);
  const [chosen] = versions.sort((a, b) => rank(b) - rank(a) || (isNewer(a[0], b[0]) ? -1 : 1));
  if (!chosen) throw new Error(`gradlens: expected the host to share ${name}, got nothing`);
  return (await chosen[1].get())() as T;
}

const container = {
  init(scope: ShareScope): void {
    shared = scope;
  },
  async get(module: string): Promise<() => { __esModule: true; default: AnyPlugin[] }> {
    if (module !== "./extension") throw new Error(`gradlens: expected ./extension, got ${module}`);
    const [widgets, rendermime, notebook] = await Promise.all([
      hostModule<LuminoWidgets>("@lumino/widgets"),
      hostModule<Rendermime>("@jupyterlab/rendermime"),
      // A host without notebooks may not have it.
      hostModule<NotebookModule>("@jupyterlab/notebook").catch(() => undefined),
    ]);
    return () => ({
      __esModule: true,
      default: [
        plotlyPlugin(widgets, rendermime),
        vegaPlugin(widgets, rendermime),
        ...(notebook ? [explorerPlugin(notebook)] : []),
      ],
    });
  },
};

const containers = window as unknown as { _JUPYTERLAB?: Record<string, unknown> };
containers._JUPYTERLAB ??= {};
containers._JUPYTERLAB["gradlens"] = container;
