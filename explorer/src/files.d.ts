/** Files that the bundler lays into the module. */
declare module "*.bin" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

declare module "*.gz" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

declare module "*.css" {
  const text: string;
  export default text;
}
