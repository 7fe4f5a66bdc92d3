/**
 * JavaScript's own objects and the modules of Node that the kernel uses, as they were when it started. Cells may replace
 * `Array.prototype.map`, `JSON.stringify`, `Promise` or `fs.readFileSync`, for themselves and for the cells after them;
 * the kernel's own code, and the compiler, find what they were written for.
 */
import asyncHooks from "node:async_hooks";
import childProcess from "node:child_process";
import events from "node:events";
import fs from "node:fs";
import module from "node:module";
import path from "node:path";
import url from "node:url";
import util from "node:util";
import vm from "node:vm";

type Owner = "kernel" | "cells";

interface Property {
  holder: object;
  key: PropertyKey;
  original: PropertyDescriptor;
}

/** Change of a property by a cell; undefined: it took it away. */
interface Change {
  holder: object;
  key: PropertyKey;
  changed: PropertyDescriptor | undefined;
  earlier: Change | undefined;
}

// Held here: what follows uses nothing that a cell can have replaced.
const { defineProperty, deleteProperty, getOwnPropertyDescriptor, ownKeys, setPrototypeOf } = Reflect;
const { is } = Object;

/** Inherits nothing: with an `Object.prototype.get` every other descriptor would be a wrong one. */
function descriptorOf(holder: object, key: PropertyKey): PropertyDescriptor | undefined {
  const descriptor = getOwnPropertyDescriptor(holder, key);
  if (descriptor) setPrototypeOf(descriptor, null);
  return descriptor;
}

/** Set by the kernel and by users for good: how errors are written. */
const LEFT_ALONE: ReadonlySet<PropertyKey> = new Set(["stackTraceLimit", "prepareStackTrace"]);
/** A property that is new there changes what unrelated code does: `get` is one of every property descriptor then. */
const CLOSED: readonly object[] = [Object.prototype, Array.prototype, Function.prototype];
const MODULES: readonly object[] = [fs, path, url, util, util.types, vm, module, childProcess];
const NODE_CLASSES = ["Buffer", "URL", "URLSearchParams", "EventTarget", "AbortController", "AbortSignal"];

let properties: readonly Property[] = [];
let closedKeys: readonly Readonly<Record<PropertyKey, true>>[] = [];
/** The newest first. */
let changes: Change | undefined;
let owner: Owner = "cells";

/** Prototypes that no global name leads to. */
function hiddenPrototypes(): object[] {
  const { getPrototypeOf } = Object;
  const iterators = [[][Symbol.iterator](), new Map().entries(), new Set().values(), ""[Symbol.iterator]()];
  const functions = [function* () {}, async () => {}, async function* () {}];
  const own = [...iterators, "".matchAll(/x/g), ...functions].map((each) => getPrototypeOf(each));
  const generators = functions.flatMap(({ prototype }) => (prototype ? [getPrototypeOf(prototype)] : []));
  return [...own, ...generators, getPrototypeOf(own[0]), getPrototypeOf(Uint8Array.prototype)];
}

/** That of functions is a function itself. */
function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function holders(): Set<object> {
  const names = vm.runInNewContext("Object.getOwnPropertyNames(globalThis)") as string[];
  const globals = globalThis as Record<string, unknown>;
  const found = new Set<object>([
    globalThis,
    process,
    asyncHooks.AsyncLocalStorage.prototype,
    events.prototype,
  ]);
  for (const each of [...MODULES, ...hiddenPrototypes()]) found.add(each);
  for (const name of [...names, ...NODE_CLASSES]) {
    const value = globals[name];
    if (!isObject(value)) continue;
    found.add(value);
    const { prototype } = value as { prototype?: unknown };
    if (isObject(prototype)) found.add(prototype);
  }
  return found;
}

/** Not what holds the state of the process, or makes itself when it is first asked for. */
function isBuiltIn({ holder, key, original }: Property): boolean {
  if (LEFT_ALONE.has(key) || !(original.configurable || original.writable)) return false;
  const { value } = original;
  if (typeof value === "function") return true;
  if (holder === globalThis) return typeof value === "object" && value !== null;
  return holder !== process && original.get !== undefined;
}

/** Remembers how they are now. */
export function rememberBuiltIns(): void {
  // Node keeps these behind accessors, which look the same whatever they give.
  for (const [key, value] of Object.entries({ Buffer, process }))
    defineProperty(globalThis, key, { value, writable: true, configurable: true, enumerable: false });
  properties = [...holders()].flatMap((holder) =>
    ownKeys(holder)
      .map((key) => ({ holder, key, original: descriptorOf(holder, key)! }))
      .filter(isBuiltIn),
  );
  closedKeys = CLOSED.map((holder) => {
    const keys = Object.create(null) as Record<PropertyKey, true>;
    for (const key of ownKeys(holder)) keys[key] = true;
    return keys;
  });
}

function isOriginal({ holder, key, original }: Property): boolean {
  const now = getOwnPropertyDescriptor(holder, key);
  return now !== undefined && is(now.value, original.value) && now.get === original.get;
}

/** Frozen properties stay as they are. */
function setAside(holder: object, key: PropertyKey, original: PropertyDescriptor | undefined): void {
  const changed = descriptorOf(holder, key);
  const done = original ? defineProperty(holder, key, original) : deleteProperty(holder, key);
  if (done) changes = { holder, key, changed, earlier: changes };
}

function showOriginals(): void {
  for (let at = 0; at < CLOSED.length; at++) {
    const keys = ownKeys(CLOSED[at]!);
    for (let i = 0; i < keys.length; i++)
      if (closedKeys[at]?.[keys[i]!] !== true) setAside(CLOSED[at]!, keys[i]!, undefined);
  }
  for (let at = 0; at < properties.length; at++) {
    const property = properties[at]!;
    if (!isOriginal(property)) setAside(property.holder, property.key, property.original);
  }
}

function showChanges(): void {
  for (let change = changes; change; change = change.earlier) {
    const { holder, key, changed } = change;
    if (changed) defineProperty(holder, key, changed);
    else deleteProperty(holder, key);
    changes = change.earlier;
  }
}

/** Whose built-ins are in place from now on. An interrupt may tear this apart: the next call goes on from there. */
export function useBuiltIns(next: Owner): void {
  if (properties.length === 0 || (next === "kernel" && owner === "kernel")) return;
  if (next === "kernel") showOriginals();
  owner = next;
  if (next === "cells") showChanges();
}

/** Runs code with the built-ins of the one or the other. */
export function withBuiltIns<T>(whose: Owner, code: () => T): T {
  const before = owner;
  useBuiltIns(whose);
  try {
    return code();
  } finally {
    useBuiltIns(before);
  }
}
