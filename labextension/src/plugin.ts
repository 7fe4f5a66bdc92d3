import { offerKernels } from "./explorers";
import type {
  LuminoWidgets,
  NotebookModule,
  NotebookTracker,
  Plugin,
  RendererFactory,
  Rendermime,
} from "./host";
import { plotlyRenderer } from "./renderer";
import { VEGA_TYPES, vegaFactory } from "./vega";

const MIME = "application/vnd.plotly.v1+json";

/** Below HTML (50) and images (80 and up): of an output's forms, the interactive figure is the one shown. */
const RANK = 10;

/** Renders Plotly figures where nothing else does. */
export function plotlyPlugin(widgets: LuminoWidgets, rendermime: Rendermime): Plugin {
  return {
    id: "gradlens:plotly",
    description: "Renders Plotly figures.",
    autoStart: true,
    requires: [rendermime.IRenderMimeRegistry],
    activate(_app, registry) {
      // plotly.py's own extension draws all kinds of trace: when it came first it stays, and when it comes
      // later it takes over, since the last renderer registered for a type is the one used.
      if (registry.getFactory(MIME)) return;
      const Renderer = plotlyRenderer(widgets);
      const factory: RendererFactory = {
        // Plotly reduces texts to a few harmless tags and runs nothing of a figure.
        safe: true,
        mimeTypes: [MIME],
        defaultRank: RANK,
        createRenderer: ({ mimeType }) => new Renderer(mimeType),
      };
      registry.addFactory(factory, RANK);
    },
  };
}

/** Lets figures of gradlens follow the theme: wraps the host's renderer of Vega, whenever that comes. */
export function vegaPlugin(widgets: LuminoWidgets, rendermime: Rendermime): Plugin {
  return {
    id: "gradlens:vega",
    description: "Draws gradlens's Vega figures anew when the theme changes.",
    autoStart: true,
    requires: [rendermime.IRenderMimeRegistry],
    activate(app, registry) {
      void app.started.then(() => {
        for (const mimeType of VEGA_TYPES) {
          const host = registry.getFactory(mimeType);
          const rank = registry.getRank(mimeType);
          if (host) registry.addFactory({ ...vegaFactory(widgets, host), mimeTypes: [mimeType] }, rank);
        }
      });
    },
  };
}

/** Gives pages of the explorer the kernel of their notebook. */
export function explorerPlugin({ INotebookTracker }: NotebookModule): Plugin<NotebookTracker | null> {
  return {
    id: "gradlens:explorer",
    description: "Tells cells what is painted in the explorer.",
    autoStart: true,
    // Pages without notebooks have no tracker of them.
    optional: [INotebookTracker],
    activate(_app, tracker) {
      if (tracker) offerKernels(tracker);
    },
  };
}
