/* Ways to answer from examples in the plane. */

/* Each answers at one x (`q`) after the points [[x, y], …]; see emergence/models/regression.py for the definitions. */
/* Of a Transformer trained on such prompts. */
export const transformer = (model) => (points, q) => {
  const xs = [...points.map((p) => p[0]), q];
  return model.run(
    xs.map((x, t) => (t ? [x, ...points[t - 1]] : [x, 0, 0])),
    { last: true },
  )[0];
};
/* Least squares, with a penalty on the size of slope and intercept. */
export const squares = (lambda) => (points, q) => {
  let a = lambda,
    b = 0,
    d = lambda,
    u = 0,
    v = 0;
  for (const [x, y] of points) {
    a += 1;
    b += x;
    d += x * x;
    u += y;
    v += x * y;
  }
  const det = a * d - b * b;
  // All points at one x: the smallest solution lies along (1, x).
  return det < 1e-12 * (a + d) ** 2 ? (u + q * v) / (a + d) : (d * u - b * v + q * (a * v - b * u)) / det;
};
/* The mean of the three nearest points. */
export const nearest = (points, q) => {
  const near = points
    .map((p, i) => [Math.abs(p[0] - q), i])
    .sort((a, b) => a[0] - b[0] || a[1] - b[1])
    .slice(0, 3);
  return near.reduce((sum, [, i]) => sum + points[i][1], 0) / near.length;
};
