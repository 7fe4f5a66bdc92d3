/** The model of whoever hosts a page, as anywidget's hosts have it: fields that both sides may change, and messages. */

/** What the page uses of its host's model; a stand-alone page has less. */
export interface HostModel {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  on?(event: string, listener: (content: unknown) => void): void;
  send?(content: unknown): void;
}

/** Data of a page whose host has no kernel: they are read, and changes stay in the page. */
export function withoutKernel(data: Readonly<Record<string, unknown>>): HostModel {
  const fields: Record<string, unknown> = { ...data };
  return {
    get: (name) => fields[name],
    set(name, value) {
      fields[name] = value;
    },
    save_changes() {},
  };
}
