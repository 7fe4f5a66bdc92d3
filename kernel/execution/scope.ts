/**
 * The names of a notebook. Cells do not keep what they declare to themselves: each name is one variable that all cells
 * share, so that a function sees the newest definition of what it uses, in whichever cell that is, as in one program.
 */

const globals = globalThis as Record<string, unknown>;
// Held here: cells may have others, and ask for their variables with those in place.
const { defineProperty, deleteProperty, getOwnPropertyDescriptor, setPrototypeOf } = Reflect;
const { create, hasOwn, is, keys } = Object;

/** Form in which compiled cells read and write a variable: `$v_total.$`. */
export const VARIABLE_PREFIX = "$v_";
export const VALUE = "$";

/**
 * A name that has no value yet reads and writes the global of that name, as a `declare global` says. With its first value
 * it gets a property of its own: from then on no accessor stands between a loop and its variable.
 */
class Variable {
  /** A cell that runs or has run gives the name a value of its own. */
  declared = false;
  /** It was declared by `const`. */
  isConstant = false;

  constructor(readonly name: string) {}

  get isSet(): boolean {
    return hasOwn(this, VALUE);
  }

  get $(): unknown {
    if (!this.declared && this.name in globals) return globals[this.name];
    throw new ReferenceError(
      this.declared ? `Cannot access '${this.name}' before initialization` : `${this.name} is not defined`,
    );
  }

  set $(value: unknown) {
    if (this.declared) this.define({ value, writable: true });
    else globals[this.name] = value;
  }

  /** For `typeof`, which never throws. */
  get orUndefined(): unknown {
    return this.isSet || this.name in globals ? this.$ : undefined;
  }

  get constant(): unknown {
    return this.$;
  }

  /** Target of compiled cells that assign to a constant. */
  set constant(_value: unknown) {
    refuseAssignment();
  }

  define(attributes: PropertyDescriptor): void {
    const descriptor: PropertyDescriptor = { configurable: true, enumerable: true, ...attributes };
    // With an `Object.prototype.get` it would be a wrong one.
    setPrototypeOf(descriptor, null);
    defineProperty(this, VALUE, descriptor);
  }

  /** The property that holds the value: another one, or another value in it, when a cell gave the name a value. */
  get property(): PropertyDescriptor | undefined {
    return getOwnPropertyDescriptor(this, VALUE);
  }

  clear(): void {
    deleteProperty(this, VALUE);
    this.declared = false;
    this.isConstant = false;
  }
}

function refuseAssignment(): never {
  throw new TypeError("Assignment to constant variable.");
}

const IN_MESSAGES =
  /\(0 , \$v_([\p{ID_Continue}$]+)\.\$\)|\$v_([\p{ID_Continue}$]+)\.\$(?![\p{ID_Continue}$])/gu;

/** A message of V8 in the words of the cell: `f is not a function`, not `(0 , $v_f.$) is not a function`. */
export function plainNames(message: string): string {
  return message.includes(VARIABLE_PREFIX)
    ? message.replace(IN_MESSAGES, (_all, called?: string, named?: string) => called ?? named ?? "")
    : message;
}

/** Variables of the names that a cell declares, before it ran. */
export type Before = ReadonlyMap<string, PropertyDescriptor | undefined>;

export class Scope {
  /** Variables of every kind, kept: V8 then compiles cells for values of any kind at once. */
  static readonly kinds: readonly Variable[] = [0, 0.5, "", undefined, globals].map((value) => {
    const variable = new Variable("");
    variable.declared = true;
    for (const each of [value, {}]) variable.$ = each;
    return variable;
  });

  /** By name. No map: a cell may have replaced `Map.prototype.get`. */
  readonly #variables: Record<string, Variable> = create(null);
  /** All names as one object: what `eval` looks names up in, and what `exports` is in a cell. */
  readonly names: Record<string, unknown> = new Proxy<Record<string, unknown>>(
    {},
    {
      has: (_target, name) => typeof name === "string" && this.isKnown(name),
      get: (_target, name) =>
        typeof name === "string" && this.isKnown(name) ? this.variable(name).$ : undefined,
      set: (_target, name, value: unknown) => typeof name === "string" && this.set(name, value),
      defineProperty: (_target, name, { get, value }) =>
        typeof name === "string" && (get ? this.bind(name, get) : this.set(name, value)),
      ownKeys: () => keys(this.#variables).filter((name) => this.isKnown(name)),
      getOwnPropertyDescriptor: (_target, name) =>
        typeof name === "string" && this.isKnown(name)
          ? { value: this.variable(name).$, configurable: true, enumerable: true, writable: true }
          : undefined,
    },
  );

  variable(name: string): Variable {
    this.#variables[name] ??= new Variable(name);
    return this.#variables[name];
  }

  /** The variable of a `var`, which is there from the beginning. */
  hoisted(name: string): Variable {
    const variable = this.variable(name);
    if (!variable.isSet) this.set(name, undefined);
    return variable;
  }

  /** True of a name that a cell gave a value. */
  isKnown(name: string): boolean {
    return this.#variables[name]?.isSet === true;
  }

  isConstant(name: string): boolean {
    return this.#variables[name]?.isConstant === true;
  }

  set(name: string, value: unknown): boolean {
    const variable = this.variable(name);
    variable.declared = true;
    variable.define({ value, writable: true });
    return true;
  }

  /** An imported name is what the module's variable is. */
  bind(name: string, get: () => unknown): boolean {
    const variable = this.variable(name);
    variable.declared = true;
    variable.define({ get, set: refuseAssignment });
    return true;
  }

  /** The message of what a cell catches. */
  plain(caught: unknown): void {
    if (!(caught instanceof TypeError)) return;
    const plain = plainNames(caught.message);
    if (plain !== caught.message) caught.message = plain;
  }

  /** A cell is about to run that declares the names: an imported one becomes a plain variable. */
  declare(names: readonly string[]): Before {
    const before = new Map<string, PropertyDescriptor | undefined>();
    for (const name of names) {
      const variable = this.variable(name);
      if (variable.property?.get) variable.define({ value: variable.$, writable: true });
      variable.declared = true;
      before.set(name, variable.property);
    }
    return before;
  }

  /** The names that have got no value since. */
  unassigned(before: Before): Set<string> {
    const names = new Set<string>();
    for (const [name, { value, get } = {} as PropertyDescriptor] of before) {
      const { property } = this.variable(name);
      const same = property?.get === get && is(property?.value, value);
      if (same && (property === undefined) === (before.get(name) === undefined)) names.add(name);
    }
    return names;
  }

  /** The cell has ended: `constants` of what it declared are constants, names without value are no one's. */
  settle(before: Before, unassigned: ReadonlySet<string>, constants: ReadonlySet<string>): void {
    for (const name of before.keys()) {
      const variable = this.variable(name);
      if (!variable.isSet) variable.declared = false;
      if (!unassigned.has(name)) variable.isConstant = constants.has(name);
    }
  }

  /** Takes the values away, so that what they hold can be collected. */
  drop(names: readonly string[]): void {
    for (const name of names) this.#variables[name]?.clear();
  }
}
