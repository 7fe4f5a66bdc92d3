"""jupyter_kernel_test with every optional feature switched on."""

import sys
import unittest

import jupyter_kernel_test


class GradlensTests(jupyter_kernel_test.KernelTests):
    kernel_name = "gradlens"
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('oops')"
    completion_samples = [
        {"text": "JSON.pars", "matches": {"parse"}},
        {"text": "Math.sqr", "matches": {"sqrt", "SQRT2", "SQRT1_2"}},
        {"text": "Number.isSaf"},
    ]
    complete_code_samples = ["1", "console.log('hello')", "function f(x: number) {\n  return x;\n}"]
    incomplete_code_samples = ["function f() {", "const text = `one", "for (;;) {\n  if (true) {"]
    invalid_code_samples = ["const = 1;", "let 1x = 2;", "if (true) }"]
    code_page_something = "Math.max??"
    code_generate_error = "throw new Error('on purpose')"
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": "'a' + 'b'", "result": "'ab'"},
        {"code": "html`<b>bold</b>`", "mime": "text/html", "result": "<b>bold</b>"},
    ]
    code_display_data = [
        {"code": "display.html('<b>bold</b>')", "mime": "text/html"},
        {"code": "display({ n: 1 })", "mime": "text/plain"},
        {"code": "display.svg('<svg xmlns=\"http://www.w3.org/2000/svg\"/>')", "mime": "image/svg+xml"},
    ]
    code_history_pattern = "6 ? 7"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "Math.max"
    code_clear_output = "clearOutput()"


class WelcomeTests(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = "gradlens"
    support_iopub_welcome = True


suite = unittest.TestSuite(
    unittest.defaultTestLoader.loadTestsFromTestCase(case) for case in (GradlensTests, WelcomeTests)
)
result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
for test, reason in result.skipped:
    print(f"skipped {test}: {reason}")
print(f"{result.testsRun} tests")
if result.wasSuccessful() and not result.skipped:
    print("ok")
