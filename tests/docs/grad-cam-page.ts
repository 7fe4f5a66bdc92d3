/** docs/grad-cam.md: the layer that Grad-CAM takes of well-known architectures, from the models of the tests. */
import { gradCam } from "../../src";
import { ARCHITECTURES, inputOf, withSeededWeights } from "../architectures";
import { table } from "./generated-page";

export async function gradCamPage(): Promise<string> {
  const rows: string[][] = [];
  for (const { name, make, options = {}, why, bypassed } of ARCHITECTURES) {
    const model = withSeededWeights(make());
    const map = await gradCam(model, inputOf(model), { ...options, engine: "eager" } as object);
    model.dispose();
    const [part] = map.parts;
    const [, ...positions] = part!.values.shape;
    const said = bypassed ? `${why} (a warning says that other ways lead around it)` : why;
    rows.push([name, `\`${part!.name}\``, positions.slice(0, -1).join("×"), said]);
  }
  return `# The layer of Grad-CAM

Where no \`layer\` is named, Grad-CAM takes the last value on the way to the explained output, before its head, that has
more than one position: deep enough to know the classes, and still with positions.

- The head is what follows the last products with weights (dense layers and convolutions), these included, up to the logits.
- Of a value and what only moves or pools it, the value: a pool has the same features at fewer positions.
- Where what follows may read some positions only (slices, a class token), and where the output can be reached around a layer,
  a gradient of the first example tells whether more than one position of it matters; if not, an earlier layer is taken.
- A layer that other ways lead around, as one of two images, is named in a warning. So is a layer of one position.

The way is read from a recording of the forward pass, by operations and not by names of layers. What cannot be recorded (see
[operations](operations.md)) is run instead, and the gradient tells. These are the architectures of the tests, in
miniature, on images of 8×8:

${table(["architecture", "layer", "positions", "why"], rows)}`;
}
