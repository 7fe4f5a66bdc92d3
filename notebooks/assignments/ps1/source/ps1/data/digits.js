"use strict";

// The 8×8 handwritten digits as plain arrays; see README.md in this folder for source and licence.

const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { gunzipSync } = require("node:zlib");

const SIDE = 8;
const PIXELS = SIDE * SIDE;
const RECORD = PIXELS + 1;
const BRIGHTEST = 16;
const TRAINING = 1497;

const records = gunzipSync(readFileSync(join(__dirname, "digits.bin.gz")));

function digitSet(from, to) {
  const count = to - from;
  const data = new Float32Array(count * PIXELS);
  const labels = [];
  for (let i = 0; i < count; i++) {
    const start = (from + i) * RECORD;
    for (let p = 0; p < PIXELS; p++) data[i * PIXELS + p] = records[start + p] / BRIGHTEST;
    labels.push(records[start + PIXELS]);
  }
  return { x: { data, shape: [count, SIDE, SIDE, 1] }, labels };
}

function take(set, indices) {
  const count = set.labels.length;
  const data = new Float32Array(indices.length * PIXELS);
  indices.forEach((index, i) => {
    if (!Number.isInteger(index) || index < 0 || index >= count) {
      throw new RangeError(`take(): expected indices from 0 to ${count - 1}, got ${index}`);
    }
    data.set(set.x.data.subarray(index * PIXELS, (index + 1) * PIXELS), i * PIXELS);
  });
  return { x: { data, shape: [indices.length, SIDE, SIDE, 1] }, labels: indices.map((i) => set.labels[i]) };
}

exports.train = digitSet(0, TRAINING);
exports.test = digitSet(TRAINING, records.length / RECORD);
exports.take = take;
