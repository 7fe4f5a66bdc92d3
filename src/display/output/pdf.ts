/** PDF: one page as large as the figure, its picture fine enough for print, its text alternative for screen readers. */

import type { PagePicture } from "./static-picture";

/** Points of a page per pixel of a figure: 72 to an inch, of 96. */
const POINTS = 0.75;

/** An object of the file: its dictionary, and the bytes behind it if it has some. */
type PdfObject = readonly [dictionary: Readonly<Record<string, string>>, stream?: Uint8Array];

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** The file of a picture, a PNG of red, green and blue. The rows of a PNG are compressed as those of a PDF may be: they go in as they are. */
export function pdfOf(picture: PagePicture, words: { title: string; alt: string }): Uint8Array {
  const { png } = picture;
  const [width, height] = [picture.width, picture.height].map((pixels) => (pixels * POINTS).toFixed(2));
  const head = new DataView(png.buffer, png.byteOffset);
  const [columns, rows] = [`${head.getUint32(16)}`, `${head.getUint32(20)}`];
  return fileOf([
    [
      {
        Type: "/Catalog",
        Pages: "2 0 R",
        Lang: "(en)",
        MarkInfo: "<</Marked true>>",
        StructTreeRoot: "6 0 R",
        ViewerPreferences: "<</DisplayDocTitle true>>",
      },
    ],
    [{ Type: "/Pages", Kids: "[3 0 R]", Count: "1" }],
    [
      {
        Type: "/Page",
        Parent: "2 0 R",
        MediaBox: `[0 0 ${width} ${height}]`,
        Contents: "4 0 R",
        Resources: "<</XObject <</Picture 5 0 R>>>>",
        StructParents: "0",
      },
    ],
    [{}, bytesOf(`/Figure <</MCID 0>> BDC q ${width} 0 0 ${height} 0 0 cm /Picture Do Q EMC`)],
    [
      {
        Type: "/XObject",
        Subtype: "/Image",
        Width: columns,
        Height: rows,
        ColorSpace: "/DeviceRGB",
        BitsPerComponent: "8",
        Filter: "/FlateDecode",
        DecodeParms: `<</Predictor 15 /Colors 3 /BitsPerComponent 8 /Columns ${columns}>>`,
      },
      compressedRows(png),
    ],
    [{ Type: "/StructTreeRoot", K: "7 0 R", ParentTree: "<</Nums [0 [7 0 R]]>>" }],
    [{ Type: "/StructElem", S: "/Figure", P: "6 0 R", Pg: "3 0 R", K: "0", Alt: textOf(words.alt) }],
    [{ Title: textOf(words.title), Producer: "(gradlens)" }],
  ]);
}

/** Objects with the table of where each begins; the first is the catalog, the last says what the file is. */
function fileOf(objects: readonly PdfObject[]): Uint8Array {
  // The second line of four high bytes tells programs that copy files that this one is no text.
  const parts = [bytesOf("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")];
  const starts: number[] = [];
  let length = parts[0].length;
  const write = (part: Uint8Array): void => {
    parts.push(part);
    length += part.length;
  };
  objects.forEach(([dictionary, stream], i) => {
    starts.push(length);
    const entries = Object.entries({ ...dictionary, ...(stream && { Length: `${stream.length}` }) });
    const text = `<<${entries.map(([name, value]) => `/${name} ${value}`).join(" ")}>>`;
    write(bytesOf(`${i + 1} 0 obj\n${text}\n`));
    if (stream) [bytesOf("stream\n"), stream, bytesOf("\nendstream\n")].forEach(write);
    write(bytesOf("endobj\n"));
  });
  const table = starts.map((start) => `${String(start).padStart(10, "0")} 00000 n \n`).join("");
  const size = objects.length + 1;
  write(
    bytesOf(
      `xref\n0 ${size}\n0000000000 65535 f \n${table}trailer\n<</Size ${size} /Root 1 0 R /Info ${objects.length} 0 R>>\nstartxref\n${length}\n%%EOF\n`,
    ),
  );
  return joined(parts);
}

/** A text in UTF-16, as hexadecimal numbers: no letter of it can end it. */
function textOf(text: string): string {
  const units = Array.from({ length: text.length }, (_, i) =>
    text.charCodeAt(i).toString(16).padStart(4, "0"),
  );
  return `<feff${units.join("")}>`;
}

/** The contents of a PNG's chunks IDAT, one after another. */
function compressedRows(png: Uint8Array): Uint8Array {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const chunks: Uint8Array[] = [];
  for (let at = 8; at < png.length; ) {
    const length = view.getUint32(at);
    if (view.getUint32(at + 4) === IDAT) chunks.push(png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  return joined(chunks);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** "IDAT" as a number. */
const IDAT = 0x49444154;
