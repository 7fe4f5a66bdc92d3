"""The kernel's own ZMTP against libzmq: sizes around the frame boundaries, megabytes, many small messages."""

from jupyter_client.manager import start_new_kernel

manager, client = start_new_kernel(kernel_name="gradlens")


def text_of(code):
    texts = []
    reply = client.execute_interactive(
        code,
        timeout=120,
        output_hook=lambda m: m["msg_type"] == "execute_result" and texts.append(m["content"]["data"]["text/plain"]),
    )
    assert reply["content"]["status"] == "ok", reply["content"]
    return texts[0]


try:
    for size in (0, 1, 200, 254, 255, 256, 257, 65535, 65536, 5_000_000):
        assert text_of(f"// {'x' * size}\n{size}") == str(size)
        shown = []
        client.execute_interactive(
            f"display.raw({{ 'text/plain': 'y'.repeat({size}) }})",
            timeout=120,
            output_hook=lambda m: m["msg_type"] == "display_data" and shown.append(m["content"]["data"]["text/plain"]),
        )
        assert shown == ["y" * size], (size, len(shown))
    count = []
    client.execute_interactive(
        "for (let i = 0; i < 3000; i++) display(i);",
        timeout=120,
        output_hook=lambda m: m["msg_type"] == "display_data" and count.append(m["content"]["data"]["text/plain"]),
    )
    assert count == [str(i) for i in range(3000)], len(count)
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=False)
print("ok")
