/** The first principal component of the features of positions. */
import { type NdArray, ndarray, rowSize } from "../tensor";

/**
 * (X − X̄) v₁ of each example, [examples, …positions, channels] → [examples, …positions, 1]: rows of X are positions, v₁ is the
 * first right singular vector of X − X̄, turned so that it points along the mean of the channels.
 */
export async function principalComponent(array: NdArray): Promise<NdArray> {
  const { shape } = array;
  const channels = shape[shape.length - 1];
  const positions = rowSize(array) / channels;
  // Loaded where it is used, so that importing gradlens stays cheap.
  const { EigenvalueDecomposition, Matrix } = await import("ml-matrix");
  const scores = new Float32Array(shape[0] * positions);
  for (let row = 0; row < shape[0]; row++) {
    const start = row * positions * channels;
    const X = new Matrix(positions, channels);
    for (let i = 0; i < positions; i++)
      for (let c = 0; c < channels; c++) X.set(i, c, array.data[start + i * channels + c]);
    const centred = X.clone().subRowVector(X.mean("column"));
    // The smaller of the two Gram matrices has the same first eigenvalue.
    const wide = channels > positions;
    const gram = wide ? centred.mmul(centred.transpose()) : centred.transpose().mmul(centred);
    const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(gram, {
      assumeSymmetric: true,
    });
    const largest = realEigenvalues.indexOf(Math.max(...realEigenvalues));
    const vector = eigenvectorMatrix.getColumn(largest);
    const root = Math.sqrt(Math.max(0, realEigenvalues[largest]));
    const component = wide
      ? vector.map((u) => u * root)
      : centred.mmul(Matrix.columnVector(vector)).getColumn(0);
    // ⟨mean over channels, component⟩ decides the sign.
    const along = component.reduce(
      (sum, score, i) => sum + score * (X.getRow(i).reduce((a, b) => a + b, 0) / channels),
      0,
    );
    component.forEach((score, i) => {
      scores[row * positions + i] = along < 0 ? -score : score;
    });
  }
  return ndarray(scores, [...shape.slice(0, -1), 1]);
}
