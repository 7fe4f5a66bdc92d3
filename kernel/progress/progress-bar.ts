/** Progress as text and as a bar. */
import { escapeMarkup } from "../display/tags";

/** One thing that is under way. */
export interface ProgressState {
  label: string;
  done: number;
  /** Unknown when the length of what is walked through is unknown. */
  total: number | undefined;
  elapsedMs: number;
  /** What goes on where nothing is counted, such as compiling. */
  phase?: string | undefined;
  /** The first report, where the work had begun before: what came until then, such as compiling, has another rate. */
  first?: { done: number; elapsedMs: number };
}

/** 0.4 s, 12 s, 3 min 20 s, 2 h 5 min */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

function count(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString("en-US") : value.toFixed(1);
}

function rate(perSecond: number): string {
  if (perSecond >= 100) return `${count(Math.round(perSecond))}/s`;
  return perSecond >= 1 ? `${perSecond.toFixed(1)}/s` : `${(1 / perSecond).toFixed(1)} s each`;
}

function share({ done, total, phase }: ProgressState): number | undefined {
  if (phase !== undefined && done === 0) return undefined;
  return total === undefined || total <= 0 ? undefined : Math.min(1, Math.max(0, done / total));
}

/** Done, total, rate and time left: "21/50 · 12.0/s · 2.4 s left". */
function figures(state: ProgressState): string {
  const { done, total, elapsedMs, phase, first = { done: 0, elapsedMs: 0 } } = state;
  if (phase !== undefined) return `${phase} … · ${duration(elapsedMs)}`;
  const parts = [total === undefined ? count(done) : `${count(done)}/${count(total)}`];
  const time = elapsedMs - first.elapsedMs;
  const perSecond = time > 0 ? (1000 * (done - first.done)) / time : 0;
  if (perSecond > 0) parts.push(rate(perSecond));
  if (perSecond > 0 && total !== undefined)
    parts.push(`${duration((1000 * Math.max(0, total - done)) / perSecond)} left`);
  else parts.push(duration(elapsedMs));
  return parts.join(" · ");
}

/** One line of plain text. */
export function progressText(state: ProgressState): string {
  const part = share(state);
  const percent = part === undefined ? "" : `${String(Math.floor(100 * part)).padStart(3)} %`;
  const name = `${state.label} ${percent}`.trim();
  return name === "" ? figures(state) : `${name} · ${figures(state)}`;
}

/** A bar that takes its colours from the page it is shown on. */
export function progressHtml(state: ProgressState): string {
  const part = share(state);
  const percent = part === undefined ? "" : `${Math.floor(100 * part)} %`;
  const value =
    part === undefined
      ? ""
      : ` aria-valuenow="${Math.floor(100 * part)}" aria-valuemin="0" aria-valuemax="100"`;
  const width = part === undefined ? "100%;opacity:.35" : `${(100 * part).toFixed(1)}%`;
  const colour = "var(--jp-brand-color1,#2b6cb0)";
  return (
    `<div style="display:flex;gap:.8em;align-items:center;font:.85em system-ui,sans-serif;font-variant-numeric:tabular-nums">` +
    `<span>${escapeMarkup(state.label)}</span>` +
    `<span role="progressbar" aria-label="${escapeMarkup(state.label)}"${value} style="flex:0 1 16em;min-width:4em;height:.5em;border-radius:.25em;overflow:hidden;background:rgba(128,128,128,.3)">` +
    `<span style="display:block;height:100%;width:${width};background:${colour}"></span></span>` +
    `<span style="opacity:.75">${percent === "" ? "" : `${percent} · `}${escapeMarkup(figures(state))}</span></div>`
  );
}
