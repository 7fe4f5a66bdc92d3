import type { PlotlyObject } from "./plotly";

/** Page colours. JupyterLab and Notebook tell theirs in an attribute of the body. */

const ATTRIBUTE = "data-jp-theme-light";

export function isDark(): boolean {
  return document.body.getAttribute(ATTRIBUTE) === "false";
}

/** Calls back when the page turns dark or light; returns what ends this. */
export function onThemeChange(changed: () => void): () => void {
  let dark = isDark();
  const observer = new MutationObserver(() => {
    if (isDark() === dark) return;
    dark = isDark();
    changed();
  });
  observer.observe(document.body, { attributes: true, attributeFilter: [ATTRIBUTE] });
  return () => observer.disconnect();
}

/** A Plotly template: everything that a figure leaves open about colours of the page. */
export function pageTemplate(): PlotlyObject {
  const [ink, line, panel] = isDark() ? ["#e8e8e8", "#666666", "#2a2f36"] : ["#222222", "#bbbbbb", "#f0f2f4"];
  const clear = "rgba(0,0,0,0)";
  const axis = { gridcolor: `${line}66`, linecolor: line, zerolinecolor: line };
  const control = { bgcolor: panel, bordercolor: line, font: { color: ink } };
  return {
    layout: {
      paper_bgcolor: clear,
      plot_bgcolor: clear,
      font: { color: ink },
      xaxis: axis,
      yaxis: axis,
      legend: { bgcolor: clear },
      modebar: { bgcolor: clear, color: `${ink}80`, activecolor: ink },
      updatemenudefaults: control,
      sliderdefaults: { bgcolor: panel, bordercolor: line, tickcolor: line, font: { color: ink } },
    },
  };
}
