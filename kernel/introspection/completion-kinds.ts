/** Kinds of completions, as front-ends name them. */
import type { CompletionItem } from "../execution/language-service";

/** The compiler's kinds in the words by which front-ends choose an icon. */
const KINDS: Readonly<Record<string, string>> = {
  alias: "module",
  "external module name": "module",
  module: "module",
  class: "class",
  "local class": "class",
  constructor: "class",
  interface: "interface",
  type: "type",
  "type parameter": "type",
  "primitive type": "type",
  enum: "enum",
  "enum member": "constant",
  const: "constant",
  let: "variable",
  var: "variable",
  "local var": "variable",
  parameter: "param",
  function: "function",
  "local function": "function",
  method: "function",
  call: "function",
  construct: "function",
  property: "property",
  getter: "property",
  setter: "property",
  accessor: "property",
  index: "property",
  keyword: "keyword",
  label: "keyword",
  string: "text",
  layer: "text",
  directory: "path",
  script: "path",
  file: "path",
};

export function kindOf({ kind }: CompletionItem): string {
  return KINDS[kind] ?? "text";
}
