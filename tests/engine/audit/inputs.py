"""The inputs of the audit, the same numbers as inputs.ts makes: a linear congruential generator, rounded to float32."""

import numpy as np


def hash32(text):
    """FNV-1a."""
    value = 0x811C9DC5
    for byte in text.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def fill(seed, shape, low=-1.0, high=1.0):
    state = hash32(seed)
    count = int(np.prod(shape)) if len(shape) else 1
    out = np.empty(count, np.float32)
    for i in range(count):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        out[i] = np.float32(low + (high - low) * (state / 4294967296))
    return out.reshape(shape).astype(np.float64)
