"""Interrupts as jupyter_client sends them (by message, as the kernelspec says)."""

import time

from jupyter_client.manager import start_new_kernel

CELLS = [
    "for (;;);",
    "while (true) await new Promise((done) => setTimeout(done, 10));",
    "await new Promise(() => {});",
    "await null; for (;;);",
    "while (true) await null;",
    "await null; 'x'.repeat(3); JSON.stringify([1]); while (true) { Math.sqrt(2); }",
]

manager, client = start_new_kernel(kernel_name="gradlens")
try:
    assert manager.kernel_spec.interrupt_mode == "message"
    client.execute_interactive("let kept = 7;", timeout=60)
    for code in CELLS * 2:
        request = client.execute(code)
        time.sleep(0.4)
        manager.interrupt_kernel()
        reply = client.get_shell_msg(timeout=20)
        assert reply["parent_header"]["msg_id"] == request
        assert reply["content"]["status"] == "error", reply["content"]
        assert reply["content"]["ename"] == "InterruptError", reply["content"]
        after = client.execute_interactive("kept", timeout=30, output_hook=lambda message: None)
        assert after["content"]["status"] == "ok", after["content"]
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=False)
print("ok")
