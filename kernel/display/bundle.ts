/** A value's own display, by MIME type, and the methods that give it: the library's own definitions. */
export { DISPLAY, INSPECT, type MimeBundle, metadataOf, withMetadata } from "../../src/display/displayed";
