/** Names of the nets that a page can have. */

export const NET_NAMES = ["cnn", "mlp", "logistic", "own"] as const;

/** The nets of the page by name; "own" is the reader's. */
export type NetName = (typeof NET_NAMES)[number];
