// Central finite differences: the gradient found without the chain rule, to hold the chain rule against.
import type { Check } from "../contract";
import { program, type Values } from "./formula";
import { at, mapMatrix, penaltiesOf, rowLosses, total, zip, type Matrix, type Vector } from "./network";
import { resolve } from "./registry";
import { general, shown } from "./text";
import type { Trace } from "./trace";

const EPSILON = 2 ** -52;
const WIDTH = Math.cbrt(EPSILON);

const clear = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** Hold the gradient of one parameter against a central finite difference. */
export function check(trace: Trace, name: string, digits: number): Check {
  const { model, of } = trace;
  const place = trace.locate(name);
  const { layer, kind, index } = place;
  const j = index.at(-1) ?? 0;
  const step = trace.parameter(name);
  const z = trace.passed.z[layer - 1] as Matrix;
  const by = z.map((_, row) => (kind === "weights" ? trace.a(layer - 1, row, index[0] ?? 0) : 1));
  const width = (WIDTH * Math.max(1, ...z.map((row) => Math.abs(row[j] ?? 0)))) / Math.max(1, ...by.map(Math.abs));
  const moved = [step.old - width, step.old + width] as const;
  let bend = "";

  /** Note the first kink of an activation between the two sides. */
  const kinks = (k: number, sides: readonly [Matrix, Matrix]): void => {
    const activation = trace.activation(k);
    for (const kink of activation.record.kinks)
      sides[0].forEach((row, r) =>
        row.forEach((value, unit) => {
          const [below, above] = [value - kink, at(sides[1], r, unit) - kink];
          if (below * above <= 0 && below !== above)
            bend ||= `${activation.name} of layer ${k}, neuron ${unit}, bends at ${general(kink)} (${trace.names.rows[r]})`;
        }),
      );
  };
  const both = (make: (side: 0 | 1) => Matrix): [Matrix, Matrix] => [make(0), make(1)];
  let here = both((side) =>
    z.map((row, r) => row.map((value, unit) => (unit === j ? value + (moved[side] - step.old) * (by[r] ?? 0) : value))),
  );
  kinks(layer, here);
  let a = both((side) => mapMatrix(here[side], trace.activation(layer).apply));
  for (let k = layer + 1; k <= trace.layers; k++) {
    const entering = a;
    const [w, b] = [of.parameters.weights[k - 1] as Matrix, of.parameters.biases[k - 1] as Vector];
    here = both((side) =>
      entering[side].map((row) => b.map((bias, unit) => total(row.map((value, i) => value * at(w, i, unit))) + bias)),
    );
    kinks(k, here);
    const sums = here;
    a = both((side) => mapMatrix(sums[side], trace.activation(k).apply));
  }
  const [low, high] = [rowLosses(model, a[0], trace.y), rowLosses(model, a[1], trace.y)];
  const bends = model.loss.record.kinks;
  if (bends) {
    const where = program(bends);
    const value = (side: 0 | 1, r: number, k: number): number =>
      where({ ...(model.loss.values as Values), f: at(a[side], r, k), y: at(trace.y, r, k) });
    trace.y.forEach((row, r) =>
      row.forEach((_, k) => {
        if (value(0, r, k) * value(1, r, k) <= 0 && at(a[0], r, k) !== at(a[1], r, k))
          bend ||= `the loss ${model.loss.name} bends there (${trace.names.rows[r]})`;
      }),
    );
  }
  const far = moved[1] - moved[0];
  let numeric = total(zip(high, low, (one, two) => (one - two) * trace.factor)) / far;
  let rounding = total(zip(high, low, (one, two) => (Math.abs(one) + Math.abs(two)) * trace.factor));
  if (kind === "weights")
    for (const penalty of penaltiesOf(model)) {
      const { record, values } = resolve(model.registry.penalties, penalty, "penalty");
      const size = program(record.value);
      const [one, two] = [
        model[penalty] * size({ ...values, w: moved[0] }),
        model[penalty] * size({ ...values, w: moved[1] }),
      ];
      numeric += (two - one) / far;
      rounding += Math.abs(one) + Math.abs(two);
      for (const kink of record.kinks)
        if (moved[0] <= kink && moved[1] >= kink) bend ||= `the ${penalty} penalty bends at ${general(kink)}`;
    }
  const noise = (8 * EPSILON * (rounding + passedOn(trace))) / width;
  const analytic = step.gradient;
  const size = Math.max(Math.abs(analytic), Math.abs(numeric));
  const apart = Math.abs(analytic - numeric);
  const relative = size > 0 ? apart / size : 0;
  const agrees = apart <= 1e-6 * size + noise;
  const verdict = agrees
    ? apart <= 1e-6 * size
      ? "agrees"
      : "agrees as far as rounding allows"
    : bend
      ? `not comparable: ${bend}`
      : "differs";
  const sentence = `(L(w + h) − L(w − h)) / 2h = ${shown(numeric, digits)} with h = ${shown(width, 2)}; relative error ${shown(relative, 2)}: ${verdict}${bend && agrees ? ` (${bend})` : ""}`;
  return {
    analytic: clear(analytic),
    numeric: clear(numeric),
    width,
    relative_error: clear(relative),
    verdict,
    sentence,
  };
}

/** How much one rounding in every pre-activation can move the loss, in units of the rounding. */
function passedOn(trace: Trace): number {
  const { weights, biases } = trace.of.parameters;
  return total(
    weights.map((w, k) =>
      total(
        (trace.gradients.delta[k] as Matrix).map((row, r) =>
          total(
            row.map((delta, j) => {
              const entering = (trace.passed.a[k] as Matrix)[r] as Vector;
              const size = total(entering.map((value, i) => Math.abs(value) * Math.abs(at(w, i, j))));
              return Math.abs(delta) * (size + Math.abs((biases[k] as Vector)[j] ?? 0));
            }),
          ),
        ),
      ),
    ),
  );
}
