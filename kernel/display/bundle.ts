/** What a value shows of itself, by MIME type, and the methods by which it does: the library's own definitions. */
export { DISPLAY, INSPECT, type MimeBundle } from "../../src/display/displayed";
