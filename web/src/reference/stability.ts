// How large the learning rate of gradient descent may be before the steps overshoot and grow.
import { program } from "./formula";
import {
  backward,
  factorOf,
  forward,
  mapMatrix,
  total,
  type Matrix,
  type Model,
  type Parameters,
  type Vector,
} from "./network";
import { general } from "./text";

const LARGEST_NUMERICAL = 300;

export interface Stability {
  readonly limit: number | null;
  readonly curvature: number | null;
  readonly exact: boolean;
  readonly explanation: string;
}

export const countOf = ({ weights, biases }: Parameters): number =>
  total(weights.map((matrix) => total(matrix.map((row) => row.length)))) + total(biases.map((one) => one.length));

export function verdict(found: Stability, rate: number): string {
  const { limit, curvature, exact, explanation } = found;
  if (limit === null || curvature === null) return explanation;
  const place = exact ? "" : " near the current weights";
  const factor = general(Math.abs(1 - rate * curvature), 4);
  const most = general(limit, 4);
  return rate > limit
    ? `Gradient descent with learning rate ${general(rate)} diverges${place}: the largest stable learning rate is ${most}, and each step multiplies the error along the steepest direction by ${factor}. Choose a learning rate below ${most}.`
    : `Gradient descent with learning rate ${general(rate)} is stable${place}: it is not above ${most}, and each step multiplies the error along the steepest direction by ${factor}.`;
}

/** The limit at these parameters; `numerical` forms the Hessian by differences where it is not known exactly. */
export function stability(model: Model, parameters: Parameters, X: Matrix, y: Matrix, numerical = true): Stability {
  const linear = parameters.weights.length === 1 && model.activations[0]?.name === "identity";
  if (linear && model.loss.name === "squared_error") {
    const curvature = largestEigenvalue(exactHessian(model, X));
    if (curvature > 0) {
      const limit = 2 / curvature;
      return {
        limit,
        curvature,
        exact: true,
        explanation: `The largest stable learning rate of gradient descent is ${general(limit, 4)} = 2 / ${general(curvature)}, where ${general(curvature)} is the largest eigenvalue of the Hessian, the same everywhere for one linear layer with squared error (reduction '${model.reduction}').`,
      };
    }
  }
  const count = countOf(parameters);
  const none = (explanation: string): Stability => ({ limit: null, curvature: null, exact: false, explanation });
  if (!numerical || count > LARGEST_NUMERICAL)
    return none(
      count > LARGEST_NUMERICAL
        ? `The stability limit is not computed: the network has ${count} parameters, over the ${LARGEST_NUMERICAL} for which the Hessian is formed.`
        : "The stability limit is not computed: it is cheap and exact only for one linear layer with squared error.",
    );
  const curvature = largestEigenvalue(numericalHessian(model, parameters, X, y));
  if (!Number.isFinite(curvature) || curvature <= 1e-12)
    return none(
      "The objective does not curve upwards in any direction at the current weights, so its curvature sets no limit on the learning rate there.",
    );
  const limit = 2 / curvature;
  return {
    limit,
    curvature,
    exact: false,
    explanation: `Near the current weights the largest stable learning rate of gradient descent is about ${general(limit, 4)} = 2 / ${general(curvature)} (largest eigenvalue of the Hessian, from differences of gradients). The curvature of this network changes as it learns, so the number holds here and not everywhere.`,
  };
}

function exactHessian(model: Model, X: Matrix): Matrix {
  const extended = X.map((row) => [...row, 1]);
  const size = model.n_in + 1;
  const factor = 2 * factorOf(model.reduction, X.length);
  const curve = program(model.registry.penalties["l2"]?.gradient ?? 0)({ w: 1 }); // quadratic: the slope at 1
  return Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (_, j) => {
      const own = i === j && i < size - 1 ? model.l2 * curve : 0;
      return factor * total(extended.map((row) => (row[i] as number) * (row[j] as number))) + own;
    }),
  );
}

const flat = ({ weights, biases }: Parameters): Vector => [...weights.flat(2), ...biases.flat()];

function shaped(like: Parameters, values: Vector): Parameters {
  let place = 0;
  const next = (): number => values[place++] as number;
  return {
    weights: like.weights.map((matrix) => mapMatrix(matrix, next)),
    biases: like.biases.map((one) => one.map(next)),
  };
}

function numericalHessian(model: Model, parameters: Parameters, X: Matrix, y: Matrix): Matrix {
  const start = flat(parameters);
  const gradient = (values: Vector): Vector => {
    const moved = shaped(parameters, values);
    return flat(backward(model, forward(model, moved, X), y, moved.weights).all);
  };
  const hessian = start.map((value, i) => {
    const width = 1e-5 * Math.max(1, Math.abs(value));
    const [low, high] = [value - width, value + width];
    const below = gradient(start.with(i, low));
    return gradient(start.with(i, high)).map((above, j) => (above - (below[j] as number)) / (high - low));
  });
  return mapMatrix(hessian, (value, i, j) => 0.5 * (value + ((hessian[j] as Vector)[i] as number)));
}

/** The largest eigenvalue of a symmetric matrix, by Jacobi's rotations; NaN when it holds a value that is not finite. */
function largestEigenvalue(given: Matrix): number {
  if (!given.flat().every(Number.isFinite)) return NaN;
  const m = given.map((row) => [...row]);
  const at = (i: number, j: number): number => (m[i] as Vector)[j] as number;
  const set = (i: number, j: number, value: number): void => void ((m[i] as Vector)[j] = value);
  const size = m.length;
  const scale = Math.max(...m.flat().map(Math.abs));
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    for (let p = 0; p < size; p++) for (let q = p + 1; q < size; q++) off = Math.max(off, Math.abs(at(p, q)));
    if (off <= 1e-15 * scale) break;
    for (let p = 0; p < size; p++)
      for (let q = p + 1; q < size; q++) {
        if (at(p, q) === 0) continue;
        const theta = (at(q, q) - at(p, p)) / (2 * at(p, q));
        const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1));
        const c = 1 / Math.hypot(t, 1);
        const s = t * c;
        for (let k = 0; k < size; k++) {
          const [a, b] = [at(k, p), at(k, q)];
          set(k, p, c * a - s * b);
          set(k, q, s * a + c * b);
        }
        for (let k = 0; k < size; k++) {
          const [a, b] = [at(p, k), at(q, k)];
          set(p, k, c * a - s * b);
          set(q, k, s * a + c * b);
        }
      }
  }
  return Math.max(...m.map((_, i) => at(i, i)));
}
