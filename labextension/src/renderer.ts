import { checkTraces, readFigure } from "./figure";
import type { LuminoWidgets, MimeModel, Renderer } from "./host";
import { loadPlotly, type PlotlyElement, type PlotlyFigure, type PlotlyLibrary } from "./plotly";
import { isDark, onThemeChange, pageTemplate } from "./theme";

/** Buttons as the page has them: Plotly gives what is pressed or pointed at a light colour, whatever the page's. */
const BUTTONS_IN_DARK = `
.gradlens-plotly [data-theme="dark"] .updatemenu-item-rect { fill: #2a2f36 !important; stroke: #666666 !important; }
.gradlens-plotly [data-theme="dark"] .updatemenu-item-rect[style*="244, 250, 255"] { fill: #4a5565 !important; }
.gradlens-plotly [data-theme="dark"] .updatemenu-item-text { fill: #e8e8e8 !important; }`;

let styled = false;

function styleButtons(): void {
  if (styled) return;
  styled = true;
  const style = document.createElement("style");
  style.textContent = BUTTONS_IN_DARK;
  document.head.append(style);
}

let interruptionsHushed = false;

/** Plotly rejects a promise of its own, without a reason, when Pause or the slider interrupts Play. */
function hushInterruptions(): void {
  if (interruptionsHushed) return;
  interruptionsHushed = true;
  window.addEventListener("unhandledrejection", (event) => {
    if (event.reason === undefined) event.preventDefault();
  });
}

/** Let go while Plotly redraws, a slider would be held as dragged for ever and no longer follow Play. */
function letSlidersGo(plot: PlotlyElement): void {
  plot.on("plotly_sliderend", () => {
    for (const slider of plot._fullLayout.sliders ?? []) slider._dragging = false;
  });
}

/** The output widget; a class of the host's own widgets. */
export function plotlyRenderer({ Widget }: LuminoWidgets): new (mimeType: string) => Renderer {
  return class PlotlyRenderer extends Widget implements Renderer {
    private readonly host = document.createElement("div");
    private readonly sizes = new ResizeObserver(() => this.fit());
    private readonly stopTheme = onThemeChange(() => this.paint());
    private plotly: PlotlyLibrary | undefined;
    private waiting: PlotlyFigure | undefined;
    private drawn: { themed: boolean; fluid: boolean; width: number } | undefined;
    private steps: Promise<void> = Promise.resolve();

    constructor(private readonly mimeType: string) {
      super();
      this.addClass("gradlens-plotly");
      styleButtons();
      this.node.style.overflowX = "auto";
      this.node.append(this.host);
      this.sizes.observe(this.node);
    }

    /** Takes a figure in; it is drawn as soon as the output has a size, since Plotly measures its texts. */
    async renderModel(model: MimeModel): Promise<void> {
      try {
        this.waiting = readFigure(model.data[this.mimeType]);
        this.fit();
      } catch (error) {
        this.showError(error);
      }
    }

    override dispose(): void {
      if (this.isDisposed) return;
      this.sizes.disconnect();
      this.stopTheme();
      this.plotly?.purge(this.host);
      super.dispose();
    }

    /** One after the other: Plotly's own work is asynchronous. */
    private next(step: () => Promise<void>): void {
      this.steps = this.steps.then(async () => {
        if (this.isDisposed) return;
        try {
          await step();
        } catch (error) {
          this.showError(error);
        }
      });
    }

    private fit(): void {
      if (this.node.clientWidth === 0) return;
      if (this.waiting) this.next(() => this.draw());
      else if (this.drawn?.fluid && this.drawn.width !== this.node.clientWidth)
        this.next(() => this.resize());
    }

    private async draw(): Promise<void> {
      const figure = this.waiting;
      if (!figure) return;
      this.waiting = undefined;
      const plotly = await loadPlotly();
      if (this.isDisposed) return;
      this.plotly = plotly;
      checkTraces(figure, plotly);
      if (figure.frames.length > 0) hushInterruptions();
      // A figure that brings a template (those of plotly.py do) has chosen its colours.
      const themed = figure.layout["template"] === undefined;
      if (themed) figure.layout["template"] = pageTemplate();
      this.host.dataset["theme"] = isDark() ? "dark" : "light";
      const fluid = figure.layout["width"] === undefined && figure.layout["autosize"] !== false;
      if (fluid) figure.layout["autosize"] = true;
      this.host.replaceChildren();
      letSlidersGo(await plotly.newPlot(this.host, figure));
      this.drawn = { themed, fluid, width: this.node.clientWidth };
    }

    private async resize(): Promise<void> {
      if (!this.drawn || !this.plotly || this.node.clientWidth === 0) return;
      this.drawn.width = this.node.clientWidth;
      await this.plotly.Plots.resize(this.host);
    }

    private paint(): void {
      this.next(async () => {
        if (!this.drawn?.themed || !this.plotly) return;
        this.host.dataset["theme"] = isDark() ? "dark" : "light";
        await this.plotly.relayout(this.host, { template: pageTemplate() });
      });
    }

    private showError(error: unknown): void {
      this.plotly?.purge(this.host);
      this.drawn = undefined;
      const text = document.createElement("pre");
      text.textContent = `This Plotly figure could not be drawn: ${error instanceof Error ? error.message : error}`;
      this.host.replaceChildren(text);
    }
  };
}
