/** Pictures that are the value of a cell as bytes of a file. */
import type { MimeBundle } from "./bundle";

interface PictureKind {
  name: string;
  mime: string;
  matches(bytes: Buffer): boolean;
  size(bytes: Buffer): [width: number, height: number] | undefined;
}

/** Start-of-frame markers of JPEG; those left out start other segments. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

function jpegSize(bytes: Buffer): [number, number] | undefined {
  for (let at = 2; at + 9 < bytes.length && bytes[at] === 0xff; at += 2 + bytes.readUInt16BE(at + 2))
    if (isFrame(bytes[at + 1]!)) return [bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5)];
  return undefined;
}

/** The three forms of WebP keep their size in three places: https://developers.google.com/speed/webp/docs/riff_container */
function webpSize(bytes: Buffer): [number, number] | undefined {
  if (bytes.length < 30) return undefined;
  switch (bytes.toString("latin1", 12, 16)) {
    case "VP8 ":
      return [bytes.readUInt16LE(26) & 0x3fff, bytes.readUInt16LE(28) & 0x3fff];
    case "VP8L": {
      const bits = bytes.readUInt32LE(21);
      return [1 + (bits & 0x3fff), 1 + ((bits >>> 14) & 0x3fff)];
    }
    case "VP8X":
      return [1 + bytes.readUIntLE(24, 3), 1 + bytes.readUIntLE(27, 3)];
    default:
      return undefined;
  }
}

const startsWith = (bytes: Buffer, text: string, at = 0) =>
  bytes.toString("latin1", at, at + text.length) === text;

const KINDS: readonly PictureKind[] = [
  {
    name: "PNG",
    mime: "image/png",
    matches: (bytes) => startsWith(bytes, "\x89PNG\r\n\x1a\n"),
    size: (bytes) => (bytes.length < 24 ? undefined : [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]),
  },
  {
    name: "JPEG",
    mime: "image/jpeg",
    matches: (bytes) => startsWith(bytes, "\xff\xd8\xff"),
    size: jpegSize,
  },
  {
    name: "GIF",
    mime: "image/gif",
    matches: (bytes) => startsWith(bytes, "GIF87a") || startsWith(bytes, "GIF89a"),
    size: (bytes) => (bytes.length < 10 ? undefined : [bytes.readUInt16LE(6), bytes.readUInt16LE(8)]),
  },
  {
    name: "WebP",
    mime: "image/webp",
    matches: (bytes) => startsWith(bytes, "RIFF") && startsWith(bytes, "WEBP", 8),
    size: webpSize,
  },
];

const SVG_START = /^\ufeff?\s*(<\?xml[^>]*\?>\s*)?(<!--[\s\S]*?-->\s*)*(<!DOCTYPE svg[^>]*>\s*)?<svg[\s>]/i;
const HEAD_BYTES = 2048;

function fileSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** The picture that these bytes are a file of. */
export function pictureBundle(value: object): MimeBundle | undefined {
  if (!(value instanceof Uint8Array)) return undefined;
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const kind = KINDS.find(({ matches }) => matches(bytes));
  if (kind) {
    const size = kind.size(bytes);
    const data = bytes.toString("base64");
    const text = `${kind.name} image${size ? `, ${size[0]} × ${size[1]}` : ""}, ${fileSize(bytes.length)}`;
    const bundle: MimeBundle = { [kind.mime]: data, "text/plain": text };
    // Not every front-end knows WebP as an output; every one knows it in a page.
    if (kind.name === "WebP")
      bundle["text/html"] = `<img src="data:${kind.mime};base64,${data}" alt="${text}">`;
    return bundle;
  }
  if (bytes[0] === undefined || !SVG_START.test(bytes.toString("utf8", 0, HEAD_BYTES))) return undefined;
  const text = `SVG image, ${fileSize(bytes.length)}`;
  // As an img, scripts in it never run.
  const html = `<img src="data:image/svg+xml;base64,${bytes.toString("base64")}" alt="${text}">`;
  return { "image/svg+xml": bytes.toString("utf8"), "text/html": html, "text/plain": text };
}
