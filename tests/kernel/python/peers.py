"""The kernel's own ZMTP with peers that are slow, dying or not of its kind; a good client must not notice them."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import zmq
from jupyter_client.manager import start_new_kernel

GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(16) + bytes(1) + bytes(31)
assert len(GREETING) == 64
READY = b"\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER\x08Identity\x00\x00\x00\x00"

# A subscriber in a process of its own, so that it can be stopped and killed; it tells how many bytes came.
SUBSCRIBER = """
import sys, zmq
socket = zmq.Context().socket(zmq.SUB)
socket.setsockopt(zmq.RCVHWM, 1)
socket.setsockopt(zmq.SUBSCRIBE, b"display_data")
socket.connect(sys.argv[1])
print("ready", flush=True)
total = 0
while total < int(sys.argv[2]):
    total += sum(len(frame) for frame in socket.recv_multipart())
print(total, flush=True)
"""

manager, client = start_new_kernel(kernel_name="gradlens")
info = json.load(open(manager.connection_file))
shell = (info["ip"], info["shell_port"])
iopub = f"tcp://{info['ip']}:{info['iopub_port']}"


def works():
    texts = []
    client.execute_interactive(
        "6 * 7",
        timeout=20,
        output_hook=lambda m: m["msg_type"] == "execute_result" and texts.append(m["content"]["data"]["text/plain"]),
    )
    assert texts == ["42"], texts


def connected():
    peer = socket.create_connection(shell)
    peer.sendall(GREETING)
    return peer


def closes(peer):
    peer.settimeout(5)
    try:
        while peer.recv(65536):
            pass
        return True
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False


def display_megabytes(count):
    shown = []
    client.execute_interactive(
        f"for (let i = 0; i < {count}; i++) display.raw({{ 'text/plain': String(i).padEnd(1e6, '.') }});",
        timeout=60,
        output_hook=lambda m: m["msg_type"] == "display_data" and shown.append(m["content"]["data"]["text/plain"]),
    )
    assert [len(text) for text in shown] == [10**6] * count, len(shown)


def subscriber(bytes_wanted):
    child = subprocess.Popen([sys.executable, "-c", SUBSCRIBER, iopub, str(bytes_wanted)], stdout=subprocess.PIPE)
    assert child.stdout.readline() == b"ready\n"
    time.sleep(0.5)
    return child


try:
    works()

    # One byte at a time: frames come apart anywhere.
    drip = socket.create_connection(shell)
    for byte in GREETING + b"\x04" + bytes([len(READY)]) + READY:
        drip.sendall(bytes([byte]))
        time.sleep(0.002)
    works()

    # Half a greeting, half a handshake, half a frame: they stay and wait, or hang up.
    half = socket.create_connection(shell)
    half.sendall(GREETING[:20])
    silent = connected()
    torn = connected()
    torn.sendall(b"\x04" + bytes([len(READY)]) + READY + b"\x02" + (10**6).to_bytes(8, "big") + b"x" * 1000)
    works()
    torn.close()
    half.close()
    works()

    # Not ZMTP at all, an old version, another mechanism, a peer of the wrong kind, a message before the handshake.
    wrong_kind = READY.replace(b"DEALER", b"PUBPUB")
    for garbage in (
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 3,
        bytes(range(256)),
        GREETING[:10] + b"\x01" + GREETING[11:],
        GREETING.replace(b"NULL", b"CURV"),
        GREETING + b"\x04" + bytes([len(wrong_kind)]) + wrong_kind,
        GREETING + b"\x00\x05hello",
        GREETING + b"\x04" + bytes([len(READY)]) + READY + b"\x02" + (2**62).to_bytes(8, "big"),
        GREETING + b"\x04\x09\x05READY\xff\xff\xff",
    ):
        peer = socket.create_connection(shell)
        peer.sendall(garbage)
        assert closes(peer), garbage[:80]
        works()

    # A subscriber that is stopped: the others wait for nothing, and it loses nothing.
    slow = subscriber(40 * 10**6)
    os.kill(slow.pid, signal.SIGSTOP)
    display_megabytes(40)
    works()
    os.kill(slow.pid, signal.SIGCONT)
    got, _ = slow.communicate(timeout=60)
    assert int(got) >= 40 * 10**6, got

    # A subscriber that dies with megabytes on their way to it, and one that dies while it reads.
    for stopped in (True, False):
        dying = subscriber(10**12)
        if stopped:
            os.kill(dying.pid, signal.SIGSTOP)
        display_megabytes(20)
        dying.kill()
        dying.wait()
        display_megabytes(2)
        works()

    # A client that dies in the middle of a large request.
    sender = connected()
    sender.sendall(b"\x04" + bytes([len(READY)]) + READY)
    sender.sendall(b"\x03" + (50 * 10**6).to_bytes(8, "big") + b"y" * 10**6)
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    sender.close()
    works()

    # libzmq's own heartbeats and reconnection.
    beat = zmq.Context.instance().socket(zmq.REQ)
    beat.setsockopt(zmq.HEARTBEAT_IVL, 100)
    beat.connect(f"tcp://{info['ip']}:{info['hb_port']}")
    for _ in range(5):
        beat.send(b"ping")
        assert beat.poll(5000)
        assert beat.recv() == b"ping"
        time.sleep(0.3)
    beat.close(0)
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=False)
print("ok")
