/** Colours in CIE L*a*b*, in which distances are about as large as they look. */

/** From linear sRGB to CIE XYZ. */
const TO_XYZ = [
  [0.412453, 0.35758, 0.180423],
  [0.212671, 0.71516, 0.072169],
  [0.019334, 0.119193, 0.950227],
];
/** The white of daylight, D65, seen at 2°. */
const WHITE = [0.95047, 1, 1.08883];

/** Red, green and blue in [0, 1] of each position, as L*, a* and b*. */
export function labColours(rgb: Float64Array): Float64Array {
  const lab = new Float64Array(rgb.length);
  for (let i = 0; i < rgb.length; i += 3) {
    const linear = rgb
      .subarray(i, i + 3)
      .map((value) => (value > 0.04045 ? ((value + 0.055) / 1.055) ** 2.4 : value / 12.92));
    const [x, y, z] = TO_XYZ.map((row, k) => {
      const share = (row[0] * linear[0] + row[1] * linear[1] + row[2] * linear[2]) / WHITE[k];
      return share > 0.008856 ? Math.cbrt(share) : 7.787 * share + 16 / 116;
    });
    lab.set([116 * y - 16, 500 * (x - y), 200 * (y - z)], i);
  }
  return lab;
}
