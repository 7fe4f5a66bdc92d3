"""Makes the subsets of DejaVu Sans that static pictures are set in, and the widths of their characters.

Usage: python make.py DejaVuSans.ttf DejaVuSans-Bold.ttf   (DejaVu 2.37; needs fonttools)
"""

import json
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

RANGES = (
    "U+0020-007E,U+00A0-017F,U+0218-021B,U+02B0-02DD,U+0300-0304,U+0306-030C,U+0327,U+0328,U+0370-03FF,"
    "U+0400-045F,U+1E00-1EFF,U+2010-2027,U+202F-205E,U+2070-209C,U+20AC,U+2100-214F,U+2150-215F,"
    "U+2190-21FF,U+2200-22FF,U+2308-230B,U+2320,U+2321,U+25A0-25FF,U+2713,U+2714,U+2717,U+2718,U+26A0,"
    "U+27E8,U+27E9,U+FFFD"
)

here = Path(__file__).parent


def make(source, name, ranges):
    font_path = here / f"{name}-subset.ttf"
    subset.main(
        [
            source,
            f"--unicodes={ranges}",
            "--layout-features=kern,liga,mark,mkmk,ccmp",
            "--no-hinting",
            f"--output-file={font_path}",
        ]
    )
    font = TTFont(font_path)
    units = font["head"].unitsPerEm
    advance = font["hmtx"].metrics
    widths = {
        chr(code): round(advance[glyph][0] / units, 3) for code, glyph in sorted(font.getBestCmap().items())
    }
    (here / f"{name}-widths.json").write_text(
        json.dumps(widths, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8"
    )


regular, bold = sys.argv[1:]
make(regular, "DejaVuSans", RANGES)
make(bold, "DejaVuSans-Bold", RANGES)
