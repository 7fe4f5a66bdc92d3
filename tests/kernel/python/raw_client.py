"""The protocol as jupyter_client speaks it: every reply, its status messages, restart."""

import os
import signal

from jupyter_client.manager import start_new_kernel


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def execute(client, code, **options):
    messages = []
    reply = client.execute_interactive(
        code, timeout=60, allow_stdin=False, output_hook=messages.append, **options
    )
    return reply["content"], [(m["msg_type"], m["content"]) for m in messages]


manager, client = start_new_kernel(kernel_name="gradlens")
try:
    client.kernel_info()
    info = client.get_shell_msg(timeout=20)["content"]
    check(info["status"] == "ok" and info["implementation"] == "gradlens", info)

    reply, messages = execute(client, "const a = 20;\na + 1")
    check(reply["status"] == "ok" and reply["execution_count"] == 1, reply)
    kinds = [kind for kind, _ in messages]
    check(kinds == ["status", "execute_input", "execute_result", "status"], kinds)
    check(messages[2][1]["data"] == {"text/plain": "21"}, messages[2])

    reply, messages = execute(client, "throw new TypeError('wrong')")
    check(reply["status"] == "error" and reply["ename"] == "TypeError", reply)
    check(reply["evalue"] == "wrong" and any("cell [2]:1:" in line for line in reply["traceback"]), reply)
    check([kind for kind, _ in messages][-2] == "error", messages)

    client.complete("a.toF")
    completed = client.get_shell_msg(timeout=20)
    check(completed["msg_type"] == "complete_reply", completed)
    check("toFixed" in completed["content"]["matches"], completed["content"])

    client.inspect("a")
    check("const a: 20" in client.get_shell_msg(timeout=20)["content"]["data"]["text/plain"], "inspect")

    client.is_complete("if (a) {")
    check(client.get_shell_msg(timeout=20)["content"]["status"] == "incomplete", "is_complete")

    client.comm_info()
    comms = client.get_shell_msg(timeout=20)
    check(comms["msg_type"] == "comm_info_reply" and comms["content"]["comms"] == {}, comms)

    client.history(hist_access_type="tail", n=2)
    history = client.get_shell_msg(timeout=20)
    check(history["msg_type"] == "history_reply" and history["content"]["history"][0][2] == "const a = 20;\na + 1", history)

    check(client.hb_channel.is_beating(), "heartbeat")

    client.execute("'answer: ' + await input('Question? ')", allow_stdin=True)
    question = client.get_stdin_msg(timeout=20)
    check(question["content"] == {"prompt": "Question? ", "password": False}, question)
    client.input("42")
    check(client.get_shell_msg(timeout=20)["content"]["status"] == "ok", "input")

    reply, _ = execute(client, "const deep = { n: 3 };", user_expressions={"n": "deep.n", "bad": "nobody"})
    values = reply["user_expressions"]
    check(values["n"] == {"status": "ok", "data": {"text/plain": "3"}, "metadata": {}}, values)
    check(values["bad"]["status"] == "error" and "TS2304" in values["bad"]["evalue"], values)

    slow = client.execute("await new Promise((done) => setTimeout(done, 200)); throw 1")
    waiting = client.execute("1")
    statuses = {}
    while len(statuses) < 2:
        message = client.get_shell_msg(timeout=20)
        statuses[message["parent_header"]["msg_id"]] = message["content"]["status"]
    check((statuses[slow], statuses[waiting]) == ("error", "aborted"), statuses)

    client.execute("for (;;);")
    os.kill(manager.provisioner.pid, signal.SIGKILL)
    manager.restart_kernel(now=True)
    client.wait_for_ready(timeout=60)
    reply, messages = execute(client, "'after the kill'")
    check(reply["status"] == "ok", reply)

    manager.restart_kernel(now=False)
    client.wait_for_ready(timeout=60)
    reply, messages = execute(client, "typeof a")
    check(reply["status"] == "error", "state survived a restart")
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=False)
check(not manager.is_alive(), "the kernel is still there")
print("ok")
