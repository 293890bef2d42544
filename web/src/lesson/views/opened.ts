// The step that comes next as a trace, and its operations with their arithmetic.
import type { Operation, OperationWithLines, Position, TraceView } from "../../contract";
import { operationLines } from "../../reference/opening";
import { Trace } from "../../reference/trace";
import type { Run } from "../run/run";

export const MOST_SHOWN = 20;

/** An opened step and its place in the run. */
export interface Opened {
  readonly trace: Trace;
  readonly rows: number[];
  readonly operations: Operation[];
  readonly position: Position;
}

const wire = (value: number): number | string =>
  Number.isFinite(value) ? value : Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";

/** Trace the step that comes next; or the one that a single row of the table would make. */
export function openStep(run: Run, row: number): Opened {
  const { stage, journey } = run;
  const { prepared, optimizer, model } = stage;
  const { step, parameters, memory } = journey.state;
  const { train } = prepared.parts;
  const batch = row < 0 ? stage.course.rows(step).map((k) => train[k] ?? 0) : [prepared.position(row)];
  const pick = (matrix: number[][]): number[][] => batch.map((one) => matrix[one] ?? []);
  const names = {
    features: prepared.features,
    targets: prepared.targets,
    rows: batch.map((one) => prepared.rowName(one)),
  };
  const inputs = batch.slice(0, MOST_SHOWN).map((one) => prepared.columns.flatMap((column) => column.steps(one)));
  const trace = new Trace(
    { model, parameters, memory, optimizer, rate: stage.rate(step), step: step + 1 },
    pick(prepared.X),
    pick(prepared.y),
    names,
    inputs,
  );
  return { trace, rows: batch, operations: run.operations(true), position: run.position() };
}

/** Every operation with its arithmetic; none when there are more than `most`. */
export function arithmetic(
  { trace, operations }: Opened,
  most: number,
  detail: { digits: number; terms: number },
): OperationWithLines[] {
  return operations.length > most
    ? []
    : operations.map((operation) => ({ operation, lines: operationLines(trace, operation, detail) }));
}

/** The step as the page takes it. */
export function viewOf({ trace, rows, operations, position }: Opened, most: number): TraceView {
  const kept = <T>(values: readonly T[]): T[] => values.slice(0, most);
  const numbers = (matrix: readonly (readonly number[])[]): (number | string)[][] =>
    kept(matrix).map((row) => row.map(wire));
  const { model } = trace;
  return {
    position,
    rows: kept(rows),
    operations,
    trace: {
      n_rows: trace.rows,
      rows_shown: Math.min(trace.rows, most),
      row_names: kept(trace.names.rows),
      target_names: [...trace.names.targets],
      inputs: kept(trace.inputs).map((row) => [...row]),
      X: numbers(trace.X),
      y: numbers(trace.y),
      forward: model.activations.map((activation, k) => ({
        layer: k + 1,
        activation: activation.spec,
        z: numbers(trace.passed.z[k] ?? []),
        a: numbers(trace.passed.a[k + 1] ?? []),
      })),
      loss: {
        loss: model.loss.spec,
        prediction: numbers(trace.prediction),
        row_losses: kept(trace.rowLosses).map(wire),
      },
      precision: "",
    },
  };
}
