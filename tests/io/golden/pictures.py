"""Pictures as Pillow writes, reads and resizes them: run by hand, `python tests/io/golden/pictures.py`, with Pillow 13.

Values are shares of 65,535 in 16 bits, in reading order.
"""

import base64
import io
import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

rows, columns = np.mgrid[0:12, 0:16]
smooth = Image.fromarray(np.stack([columns * 15, rows * 20, 128 + 0 * rows], -1).astype(np.uint8))
rows, columns = np.mgrid[0:30, 0:40]
fine = Image.fromarray(np.stack([columns * 6, rows * 8, (columns * rows) % 256], -1).astype(np.uint8))
veil = Image.fromarray((np.arange(12 * 16).reshape(12, 16) % 256).astype(np.uint8))
glass = smooth.copy()
glass.putalpha(veil)


def saved(image, form, **settings):
    file = io.BytesIO()
    image.save(file, format=form, **settings)
    return file.getvalue()


def packed(values):
    return base64.b64encode(np.round(values * 65535).astype("<u2").tobytes()).decode()


def entry(data, mode):
    """What Pillow reads of a file: its values from 0 to 1."""
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    if mode == "over white":
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    elif mode is not None:
        image = image.convert(mode)
    values = np.asarray(image).astype(float)
    values /= 65535 if image.mode.startswith("I") else 1 if image.mode == "1" else 255
    return {
        "file": base64.b64encode(data).decode(),
        "shape": [*values.shape, 1] if values.ndim == 2 else list(values.shape),
        "values": packed(values),
    }


def turned(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return saved(smooth.resize((8, 6)), "JPEG", quality=90, subsampling=0, exif=exif)


def resized(size, box=None):
    """Each channel as floats: Pillow rounds the values of other pictures to bytes."""
    channels = np.asarray(fine).astype(np.float32)
    each = [
        np.asarray(Image.fromarray(channels[..., c]).resize(size, Image.BILINEAR, box=box)) for c in range(3)
    ]
    values = np.stack(each, -1) / 255
    return {"shape": list(values.shape), "values": packed(values)}


sixteen = Image.fromarray((np.arange(12 * 16).reshape(12, 16) * 300).astype(np.uint16))
golden = {
    "files": {
        "png, colour": entry(saved(smooth, "PNG"), None),
        "png, grey": entry(saved(smooth.convert("L"), "PNG"), None),
        "png, 16 bits": entry(saved(sixteen, "PNG"), None),
        "png, 1 bit": entry(saved(smooth.convert("1"), "PNG"), None),
        "png, 16 colours": entry(saved(smooth.quantize(13), "PNG", bits=4), "RGB"),
        "png, opacity": entry(saved(glass, "PNG"), "over white"),
        "png, a palette's opacity": entry(
            saved(smooth.quantize(8), "PNG", transparency=bytes([0, 128] + [255] * 6)), "over white"
        ),
        "png, a clear colour": entry(saved(smooth, "PNG", transparency=(0, 0, 128)), "over white"),
        "jpeg, colour": entry(saved(smooth, "JPEG", quality=90, subsampling=0), None),
        "jpeg, progressive": entry(saved(smooth, "JPEG", quality=90, subsampling=0, progressive=True), None),
        "jpeg, grey": entry(saved(smooth.convert("L"), "JPEG", quality=90), None),
        **{f"jpeg, orientation {o}": entry(turned(o), None) for o in range(1, 9)},
    },
    "fine": base64.b64encode(saved(fine, "PNG", optimize=True)).decode(),
    "stretched to 5 × 7": resized((7, 5)),
    "cut to 8 × 8": resized((8, 8), (5, 0, 35, 30)),
    "grown to 45 × 60": resized((60, 45)),
}
Path(__file__).with_suffix(".json").write_text(json.dumps(golden, indent=1) + "\n")
