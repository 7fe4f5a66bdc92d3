"""Random cells, broken and whole: after each `1 + 1` is 2, no message is malformed, the notebook can be saved.

GRADLENS_RANDOM_CELLS: how many (default 300; the long run takes 10000); GRADLENS_SEED: where they start (default 1, so
that a run is the same as the last one).
"""

import json
import os
import random
import sys
import tempfile
import time

import nbformat
from jupyter_client.manager import start_new_kernel
from jupyter_kernel_test.msgspec_v5 import schema_fragments, validate_message

COUNT = int(os.environ.get("GRADLENS_RANDOM_CELLS", "300"))
SEED = int(os.environ.get("GRADLENS_SEED", "1"))
PATIENCE = 120

VALID = [
    "const a{n} = {n}; a{n} * 2", "let s{n} = 'x'.repeat({n}); s{n}.length", "function f{n}(x: number) {{ return x + {n}; }}\nf{n}(1)",
    "class C{n} {{ #v = {n}; get v() {{ return this.#v; }} }}\nnew C{n}()", "await Promise.resolve({n})", "[{{ a: {n}, b: 'y' }}, {{ a: 2 }}]",
    "console.log('line', {n}); console.error('err'); {n}", "display({{ n: {n} }}); display.html('<b>{n}</b>')", "new Map([[{n}, new Set([1])]])",
    "type T{n} = {{ k: number }}; const t{n}: T{n} = {{ k: {n} }}; t{n}", "enum E{n} {{ A, B }}\nE{n}.B", "setTimeout(() => console.log('late {n}'), 5); null",
    "md`# {n}`", "for (const x of progress([1, 2])) void x;", "throw new RangeError('thrown {n}')", "Promise.reject({n})", "null", "undefined", "() => {n}",
    "new Error('shown {n}')", "import * as os{n} from 'node:os'; typeof os{n}.cpus", "Buffer.from([1, 2, {n} % 256])", "({{ then() {{}} }})", "Symbol('{n}')", "{n}n",
    "new Proxy({{}}, {{ get() {{ throw 1; }} }})", "Object.create(null)", "new Date(NaN)", "new Float32Array({n} % 50)", "widget({{ esm: 'export default {{}}', state: {{ n: {n} }} }})",
    "display.raw({{ 'text/plain': {n}, 'application/json': [null, {n}] }} as any)", "display(1, {{ id: 'same' }}); display(2, {{ id: 'same', update: true }})",
    "process.exit({n})", "process.removeAllListeners(); null", "clearOutput(); console.clear()", "void Promise.reject(new Error('stray {n}'))",
    "const big: any = {{}}; big.self = big; display.json(big)", "display.json(10n as any)", "throw undefined", "throw null", "throw {{ name: {n}, message: null, stack: 5 }}",
    "throw Object.assign(new Error('x'), {{ name: Symbol.iterator, message: {{}} }})", "process.stdout.write(Buffer.from([0xff, 0xfe, {n} % 256]))",
]
PATCHES = [
    "Array.prototype.map = () => [] as any;", "JSON.stringify = () => '{}';", "(globalThis as any).Promise = 6;", "Object.prototype.toString = () => 'x';",
    "Promise.prototype.then = (() => {}) as any;", "(Object.prototype as any).get = 1;", "String.prototype.split = (() => []) as any;", "(globalThis as any).setTimeout = 5;",
    "Array.prototype[Symbol.iterator] = (function* () {}) as any;", "(globalThis as any).Error = 6;", "Map.prototype.get = () => undefined;", "Math.max = () => NaN;",
    "(process as any).nextTick = () => {};", "(globalThis as any).console = undefined;", "RegExp.prototype.exec = () => null;", "Function.prototype.call = (() => 1) as any;",
]
PIECES = ["(", ")", "{", "}", "[", "]", "`", "'", '"', "/", "*", "//", "/*", "*/", "=>", "${", "let ", "const ", "class ", "function ", "async ", "await ", "import ", "export ",
          "from ", "x", "y1", "1", "0x", "1e", ".", "...", "?.", "??", ";", "\n", "@", "#", "!", "%", "%%", "<", ">", "</", "<T>", ":", ",", "=", "return ", "yield ", "default ",
          "namespace N ", "declare ", "enum ", "interface I ", "type A", "new ", "this", "super", "\\", "\\u", "\\ud83d", "é", "日本", "😀", "\ud83d", "\ude00", "\u0000", "\u0007",
          "\u001b[31m", "\u2028", "\u202e", "\ufeff", "\u00ad", "\r", "\t", "\ufffe", "\uffff", "‍", "﷽", "e\u0301"]


def cell(rnd, n):
    kind = rnd.choices(["valid", "broken", "pieces", "unicode", "huge", "patch"], [30, 20, 20, 15, 3, 12])[0]
    if kind == "valid":
        return rnd.choice(VALID).format(n=n)
    if kind == "broken":
        code = rnd.choice(VALID).format(n=n)
        at = rnd.randrange(len(code))
        return rnd.choice([code[:at], code[:at] + rnd.choice(PIECES) + code[at:], code[:at] + code[at + 1:], code[::-1]])
    if kind == "pieces":
        return "".join(rnd.choices(PIECES, k=rnd.randrange(1, 25)))
    if kind == "unicode":
        text = "".join(chr(rnd.choice([rnd.randrange(0x20), rnd.randrange(0x20, 0x300), rnd.randrange(0x300, 0x10000), rnd.randrange(0x10000, 0x110000)])) for _ in range(rnd.randrange(1, 40)))
        quoted = json.dumps(text)
        return rnd.choice(["{}", "console.log({})", "throw new Error({})", "display.html({})", "[{{ a: {} }}]", "process.stderr.write({})", "let v: {} = 1", "// {}", "display.json({})"]).format(quoted)
    if kind == "huge":
        size = rnd.choice([2_000, 20_000, 200_000])
        return rnd.choice(["'" + "x" * size + "'.length", "[" + "1," * size + "].length", "1" + " + 1" * min(size, 1500), "(" * min(size, 2000), "// " + "é" * size,
                           "'" + "😀" * size + "'.length", "console.log('" + "y" * size + "')", "a" * size])
    return rnd.choice(PATCHES) + " null"


def malformed(message):
    kind = message["header"]["msg_type"]
    json.dumps(message["content"], ensure_ascii=False).encode("utf8")
    # "aborted" and these are of later versions of the protocol than the specification of the tests.
    if kind in schema_fragments and message["content"].get("status") != "aborted":
        validate_message(message)


class Run:
    def __init__(self):
        self.manager, self.client = start_new_kernel(kernel_name="gradlens")
        self.notebook = nbformat.v4.new_notebook()

    def execute(self, code):
        request = self.client.execute(code, stop_on_error=False, allow_stdin=False)
        outputs, end = [], time.time() + PATIENCE
        idle = False
        while not idle:
            if time.time() > end or not self.manager.is_alive():
                raise AssertionError("no end of the cell" if self.manager.is_alive() else "the kernel died")
            try:
                message = self.client.get_iopub_msg(timeout=1)
            except Exception:
                continue
            malformed(message)
            own = message["parent_header"].get("msg_id") == request
            if message["msg_type"] in ("stream", "error", "execute_result", "display_data"):
                output = nbformat.v4.output_from_msg(message)
                outputs.append((own, output))
            idle = own and message["msg_type"] == "status" and message["content"]["execution_state"] == "idle"
        while True:
            reply = self.client.get_shell_msg(timeout=PATIENCE)
            if reply["parent_header"].get("msg_id") == request:
                break
        malformed(reply)
        return reply, outputs

    def stop(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def main():
    rnd = random.Random(SEED)
    run = Run()
    folder = tempfile.mkdtemp()
    code, n = "", 0
    try:
        for n in range(COUNT):
            # A kernel lives long, but not for ever: what patches there are should meet a fresh one too.
            if n > 0 and n % 250 == 0:
                run.stop()
                run = Run()
            code = cell(rnd, n)
            sent = code.encode("utf16", "surrogatepass").decode("utf16", "replace")
            _, outputs = run.execute(sent)
            _, after = run.execute("1 + 1")
            results = [output["data"]["text/plain"] for own, output in after if own and output["output_type"] == "execute_result"]
            if results != ["2"]:
                raise AssertionError(f"1 + 1 gave {results} {after}")
            written = nbformat.v4.new_code_cell("0", outputs=[output for _, output in outputs + after])
            nbformat.validate(written, "code_cell", version=4)
            run.notebook.cells.append(written)
            if n % 50 == 49 or n == COUNT - 1:
                nbformat.write(run.notebook, os.path.join(folder, "cells.ipynb"))
                run.notebook.cells.clear()
    except BaseException:
        print(f"seed {SEED}, cell {n}: {ascii(code)[:400]}")
        raise
    finally:
        run.stop()
    print(f"{COUNT} cells, seed {SEED}")
    print("ok")


sys.stdout.reconfigure(errors="backslashreplace")
main()
