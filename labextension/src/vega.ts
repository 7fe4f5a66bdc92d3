import type { LuminoWidgets, MimeModel, Renderer, RendererFactory, RendererOptions } from "./host";
import { isDark, onThemeChange } from "./theme";

/** Vega and Vega-Lite figures of gradlens, drawn by the host's own renderer, and anew when the theme changes. */

/** The types that figures of gradlens have. */
export const VEGA_TYPES: readonly string[] = [
  "application/vnd.vega.v5+json",
  "application/vnd.vegalite.v5+json",
];

/** The mark of figures that leave the colours of the page to their host. */
function isOurs(spec: unknown): boolean {
  const { usermeta } = (spec ?? {}) as { usermeta?: { gradlens?: unknown } };
  return usermeta?.gradlens === true;
}

/**
 * A widget around one of the host's renderer. It chooses the colours of text when it draws, by the theme of that moment;
 * a figure that is not marked stays as the host drew it.
 */
export function vegaFactory({ Widget }: LuminoWidgets, host: RendererFactory): RendererFactory {
  class VegaRenderer extends Widget implements Renderer {
    private readonly inner: Renderer;
    private readonly mimeType: string;
    private readonly stopTheme = onThemeChange(() => this.paint());
    private model: MimeModel | undefined;
    private steps: Promise<void> = Promise.resolve();

    constructor(options: RendererOptions) {
      super();
      this.inner = host.createRenderer(options);
      this.mimeType = options.mimeType;
      this.addClass("gradlens-vega");
      this.node.append(this.inner.node);
    }

    renderModel(model: MimeModel): Promise<void> {
      this.model = isOurs(model.data[this.mimeType]) ? model : undefined;
      return this.next(() => this.draw(model));
    }

    override dispose(): void {
      if (this.isDisposed) return;
      this.stopTheme();
      this.inner.dispose();
      super.dispose();
    }

    private async draw(model: MimeModel): Promise<void> {
      await this.inner.renderModel(model);
      this.node.dataset["theme"] = isDark() ? "dark" : "light";
      if (this.model) this.nameMenus();
    }

    /** The host's menu of a figure opens by a button of three dots, which has no words for those who do not see it. */
    private nameMenus(): void {
      for (const button of this.node.querySelectorAll("details > summary"))
        button.setAttribute("aria-label", "actions of the figure");
    }

    private paint(): void {
      const { model } = this;
      if (model) void this.next(() => this.draw(model));
    }

    /** One drawing after the other; one that fails is told to who asked for it, and stops none that come after. */
    private next(step: () => Promise<void>): Promise<void> {
      const done = this.steps.then(async () => {
        if (!this.isDisposed) await step();
      });
      this.steps = done.catch(() => {});
      return done;
    }
  }
  return { ...host, createRenderer: (options) => new VegaRenderer(options) };
}
