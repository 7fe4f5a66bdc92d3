/** MIME bundles that cells hand out, in a form that every front-end and file of notebooks takes. */
import { inspect } from "node:util";
import { type MimeBundle, metadataOf, withMetadata } from "./bundle";

const MIME_TYPE = /^[\w.+-]+\/[\w.+-]+$/;
/** Types whose content may be anything of JSON; that of the others is text. */
const JSON_TYPE = /^application\/(.*\+)?json$/;

function contentOf(type: string, content: unknown): unknown {
  if (JSON_TYPE.test(type) || typeof content === "string") return content;
  // Bytes of a picture, say.
  if (ArrayBuffer.isView(content) && !type.startsWith("text/"))
    return Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString("base64");
  if (Array.isArray(content) && content.every((line) => typeof line === "string")) return content.join("");
  return inspect(content);
}

/** `call`: what was given the bundle, for the error. */
export function mimeBundle(shown: unknown, call: string): MimeBundle {
  if (typeof shown !== "object" || shown === null || Array.isArray(shown))
    throw new TypeError(`${call}: expected a MIME bundle, got ${inspect(shown)}`);
  const bundle: MimeBundle = {};
  for (const [type, content] of Object.entries(shown)) {
    if (!MIME_TYPE.test(type))
      throw new TypeError(`${call}: expected a bundle of MIME types, got ${inspect(type)} among them`);
    if (content !== undefined) bundle[type] = contentOf(type, content);
  }
  const metadata = metadataOf(shown);
  return Object.keys(metadata).length > 0 ? withMetadata(bundle, metadata) : bundle;
}
