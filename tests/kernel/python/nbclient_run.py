"""nbclient: twenty thousand lines, rich outputs, errors with a message."""

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError


def run(*sources, **options):
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in sources],
        metadata={"kernelspec": {"name": "gradlens", "display_name": "TypeScript", "language": "typescript"}},
    )
    NotebookClient(notebook, timeout=120, **options).execute()
    nbformat.validate(notebook)
    return [cell["outputs"] for cell in notebook.cells]


lines, = run("for (let i = 0; i < 20000; i++) console.log(i);")
assert "".join(output["text"] for output in lines) == "".join(f"{i}\n" for i in range(20000))

shown, updated, tagged = run(
    "display('a', { id: 'x' })", "display('b', { id: 'x', update: true })", "html`<b>${'<'}</b>`"
)
assert shown[0]["data"]["text/plain"] == "'b'", shown
assert updated == [], updated
assert tagged[0]["data"]["text/html"] == "<b>&lt;</b>", tagged

try:
    run("const x = 1;", "function f() { throw new RangeError('far') }\nf();")
    raise SystemExit("no CellExecutionError")
except CellExecutionError as error:
    assert error.ename == "RangeError" and "far" in str(error), error

after = run("throw new Error('first')", "'still here'", allow_errors=True)[1]
assert after[0]["data"]["text/plain"] == "'still here'", after
print("ok")
