/** docs/gallery.md, from the registry of figures: each with its picture, drawn from a real result. */
import { FIGURES } from "../../src/display";

const INTRODUCTION = `# Gallery

Every figure, drawn from a real result of a small model: digits in handwriting, prices of flats, a review, a pulse between two
waves, two balls in a box of noise. What each needs and takes is in [figures](figures.md). Below all of them by every renderer,
in light and dark (\`node scripts/gallery.mjs\` draws it anew):

![All figures, by Vega and by Plotly, on light and dark pages](gallery.png)`;

/** The page. */
export function galleryPage(): string {
  const sections = FIGURES.map(({ meta: { name, title, shows, cannotShow } }) =>
    [
      `## ${title}`,
      `[\`${name}\`](figures.md#${name.toLowerCase()})`,
      `![${title}](figures/${name}.svg)`,
      shows,
      `*Cannot show:* ${cannotShow[0]!.toLowerCase()}${cannotShow.slice(1)}`,
    ].join("\n\n"),
  );
  return [INTRODUCTION, ...sections].join("\n\n");
}
