"""Make digits.bin.gz from scikit-learn's copy of the UCI handwritten digits.

    pip install scikit-learn==1.9.1
    python notebooks/data/make-digits.py

Layout of the unpacked file: 1,797 records of 65 bytes. A record is the 64 pixels of an 8x8 image, row by row,
each 0..16, and then the digit, 0..9. The records are shuffled once with a fixed seed, so that the first 1,497 are
the training set and the last 300 the test set.
"""

import gzip
import hashlib
import pathlib
import random

from sklearn.datasets import load_digits

digits = load_digits()
records = [bytes(int(v) for v in image) + bytes([int(label)]) for image, label in zip(digits.data, digits.target)]
random.Random(1998).shuffle(records)
raw = b"".join(records)

out = pathlib.Path(__file__).parent / "digits.bin.gz"
# No time stamp inside: the same input gives the same file.
out.write_bytes(gzip.compress(raw, compresslevel=9, mtime=0))
print("records", len(records), "bytes", out.stat().st_size)
print("sha256 of the unpacked records", hashlib.sha256(raw).hexdigest())
