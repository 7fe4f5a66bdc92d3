// Loaded before all else: arrays of floats hold double precision.
globalThis.Float32Array = Float64Array;
