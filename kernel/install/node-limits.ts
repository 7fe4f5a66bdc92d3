/** Features that notebooks lack on an older Node.js, each with the version that brought it. */

export interface NodeLimit {
  since: readonly [major: number, minor: number];
  /** Named as a thing that is missing. */
  what: string;
}

const NODE_LIMITS: readonly NodeLimit[] = [
  { since: [21, 0], what: "Object.groupBy, Map.groupBy" },
  {
    since: [22, 0],
    what: "Promise.withResolvers, Array.fromAsync, iterator helpers, set methods, WebSocket",
  },
  { since: [22, 13], what: "node:sqlite" },
  { since: [24, 0], what: "Promise.try, RegExp.escape, Float16Array, Error.isError, URLPattern" },
];

/** The limits that a version of Node has. */
export function nodeLimits(version: string): NodeLimit[] {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return NODE_LIMITS.filter(({ since }) => major < since[0] || (major === since[0] && minor < since[1]));
}
