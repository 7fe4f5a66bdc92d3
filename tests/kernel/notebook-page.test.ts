/** A notebook as a page: what its pictures say to those who do not see them. */
import { expect, it } from "vitest";
import { notebookToHtml } from "../../kernel/notebook/html";
import type { Output } from "../../kernel/notebook/notebook";

function altOf(output: Partial<Output>): string | undefined {
  const page = notebookToHtml(
    {
      nbformat: 4,
      nbformat_minor: 5,
      metadata: {},
      cells: [
        {
          cell_type: "code",
          metadata: {},
          source: "map",
          execution_count: 1,
          outputs: [{ output_type: "display_data", ...output }],
        },
      ],
    },
    "page",
  );
  return /<img [^>]*alt="([^"]*)"/.exec(page)?.[1];
}

const data = { "image/png": "iVBORw0KGgo=", "text/plain": "saliency · target 3\nmore" };

it("gives a picture the words that are stored beside it", () => {
  const alt = 'strongest: row 1, column 2 of "<input>"';
  expect(altOf({ data, metadata: { "image/png": { width: 10, height: 10, alt } } })).toBe(
    "strongest: row 1, column 2 of &quot;&lt;input&gt;&quot;",
  );
});

it("gives it the first line of its text where there are none, or where they are no text", () => {
  expect(altOf({ data })).toBe("saliency · target 3");
  expect(altOf({ data, metadata: { "image/png": { alt: 3 } } })).toBe("saliency · target 3");
  expect(altOf({ data, metadata: { "image/png": null } })).toBe("saliency · target 3");
});
