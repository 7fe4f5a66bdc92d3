/** Elements of the page, made in one expression; text is always text, and never markup. */

/** Attributes, properties that are true or false, and listeners by their names: `onclick`. */
export type Attributes = Readonly<
  Record<string, string | number | boolean | undefined | ((event: never) => void)>
>;

type Child = Node | string;

/** An HTML element. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  set(made, attributes);
  made.append(...children);
  return made;
}

/** An SVG element. */
export function drawn<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Tag] {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  set(made, attributes);
  made.append(...children);
  return made;
}

function set(made: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function")
      made.addEventListener(name.replace(/^on/, ""), (event) => value(event as never));
    else if (value === true) made.setAttribute(name, "");
    else if (value !== undefined && value !== false) made.setAttribute(name, String(value));
  }
}

/** Changes a text only where it differs, so that a reader's selection and a screen reader's place stay. */
export function write(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** A part of the page: its element, and how it follows the store. */
export interface View {
  readonly node: HTMLElement;
  update(): void;
}

/** An element of fixed parts that follow together. */
export function together(node: HTMLElement, views: readonly View[]): View {
  node.append(...views.map((view) => view.node));
  return { node, update: () => views.forEach((view) => void view.update()) };
}
