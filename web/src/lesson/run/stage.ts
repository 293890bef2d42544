// What takes the steps of a run: the readable network under settings that may change on the way.
import type { Change, Settings, WeightEdit } from "../../contract";
import { Course } from "../../reference/course";
import {
  backward,
  culprit,
  Diverged,
  emptyMemory,
  forward,
  lossValue,
  mapMatrix,
  rawOf,
  REDUCTIONS,
  start,
  updated,
  type Matrix,
  type Memory,
  type Model,
  type Optimizer,
  type Parameters,
} from "../../reference/network";
import { activationOf, lossOf, Refused, resolve, type Registry } from "../../reference/registry";
import { stability, verdict } from "../../reference/stability";
import { general } from "../../reference/text";
import { placeOfParameter } from "../../reference/trace";
import type { LessonData } from "../document";
import { Prepared } from "./table";

export interface State {
  readonly step: number;
  readonly parameters: Parameters;
  readonly memory: Memory;
}

export const MOST = { layers: 8, neurons: 64, parameters: 2_000, epochs: 1_000_000, seed: 2 ** 53 - 1 } as const;

/** Settings that may change on the way. */
const CONTINUED = ["learning_rate", "epochs", "l1", "l2", "patience"] as const;

export function continues(before: Settings, after: Settings): boolean {
  const free: readonly string[] = [...CONTINUED, ...(after.schedule.startsWith("constant") ? ["batch_size"] : [])];
  return (Object.keys(after) as (keyof Settings)[]).every(
    (key) => free.includes(key) || JSON.stringify(before[key]) === JSON.stringify(after[key]),
  );
}

/** Every rule that numbers of the settings must keep. */
function check(settings: Settings): void {
  const { hidden, epochs, seed, learning_rate, batch_size, reduction, l1, l2, start: given } = settings;
  if (settings.image.length) throw new Refused("Convolutions need the studio: this page has layers of neurons only.");
  if (settings.engine === "compiled")
    throw new Refused("The compiled engine needs the studio: this page computes in float64.");
  if (hidden.length > MOST.layers)
    throw new Refused(`A network has at most ${MOST.layers} hidden layers here, not ${hidden.length}.`);
  hidden.forEach(({ neurons }, k) => {
    if (!Number.isInteger(neurons) || neurons < 1 || neurons > MOST.neurons)
      throw new Refused(`Layer ${k + 1} has ${neurons} neurons; 1 to ${MOST.neurons} are possible.`);
  });
  if (!Number.isInteger(epochs) || epochs < 1 || epochs > MOST.epochs)
    throw new Refused(`epochs=${epochs} must be a whole number from 1 to ${MOST.epochs}.`);
  if (!Number.isInteger(seed) || seed < 0 || seed > MOST.seed)
    throw new Refused(`seed=${seed} must be a whole number from 0 to 2**53 - 1.`);
  if (!(Number.isFinite(learning_rate) && learning_rate > 0))
    throw new Refused(
      `learning_rate=${general(learning_rate)} is not a positive finite number. Give one such as 0.01.`,
    );
  if (batch_size !== null && (!Number.isInteger(batch_size) || batch_size < 1))
    throw new Refused(`batch_size=${batch_size} must be a whole number of at least 1.`);
  if (!REDUCTIONS.includes(reduction)) throw new Refused(`Unknown reduction '${reduction}'.`);
  for (const [name, value] of [
    ["l1", l1],
    ["l2", l2],
  ] as const)
    if (!(Number.isFinite(value) && value >= 0))
      throw new Refused(`Network: ${name}=${general(value)} lies outside [0, inf).`);
  if (given && given.length !== hidden.length + 1)
    throw new Refused(`start has ${given.length} layers; the network has ${hidden.length + 1}, the output included.`);
}

/** One set of settings: its data, model and course. */
export class Stage {
  readonly course: Course;
  readonly model: Model;
  readonly optimizer: Optimizer;
  readonly sizes: readonly number[];
  readonly X: Matrix;
  readonly y: Matrix;

  constructor(
    readonly registry: Registry,
    readonly prepared: Prepared,
    readonly settings: Settings,
    readonly first = 0,
    offset = 0,
  ) {
    check(settings);
    const { X, y, parts, loss } = prepared;
    this.sizes = [prepared.features.length, ...settings.hidden.map(({ neurons }) => neurons), y[0]?.length ?? 1];
    const specs = [...settings.hidden.map(({ activation }) => activation), settings.output_activation];
    const activations = specs.map((spec) => activationOf(registry, spec));
    this.model = {
      registry,
      n_in: this.sizes[0] ?? 0,
      activations,
      loss,
      reduction: settings.reduction,
      l1: settings.l1,
      l2: settings.l2,
    };
    const count = this.sizes.slice(1).reduce((sum, size, k) => sum + size * ((this.sizes[k] ?? 0) + 1), 0);
    if (count > MOST.parameters)
      throw new Refused(
        `This network has ${count} weights and biases; this page accepts at most ${MOST.parameters}. Use fewer neurons or layers.`,
      );
    this.optimizer = resolve(registry.optimizers, settings.optimizer, "optimizer");
    resolve(registry.schedules, settings.schedule, "schedule");
    this.course = new Course(registry, parts.train.length, settings, offset);
    const pick = (matrix: Matrix): Matrix => parts.train.map((row) => matrix[row] ?? []);
    [this.X, this.y] = [pick(X), pick(y)];
  }

  static of(registry: Registry, data: LessonData, columns: Prepared["choice"], settings: Settings): Stage {
    check(settings);
    return new Stage(registry, new Prepared(data, columns, settings, lossOf(registry, settings.loss)), settings);
  }

  get start(): State {
    const { settings, sizes } = this;
    let parameters = start(this.registry, settings.initializer, sizes, this.model.activations, settings.seed);
    if (settings.start) {
      const given = {
        weights: settings.start.map((one) => one.weights),
        biases: settings.start.map((one) => one.biases),
      };
      const shapes = (one: Parameters): string =>
        JSON.stringify([one.weights.map((w) => w.map((row) => row.length)), one.biases.map((b) => b.length)]);
      if (shapes(given) !== shapes(parameters))
        throw new Refused("The start that is given does not have the shapes of this network.");
      parameters = given;
    }
    return { step: 0, parameters, memory: emptyMemory(this.optimizer, parameters) };
  }

  rate(step: number): number {
    return this.settings.learning_rate * this.course.factor(step);
  }

  /** One step; training that cannot go on is `Diverged`. */
  after({ step, parameters, memory }: State): State {
    const rows = this.course.rows(step);
    const [X, y] = [rows.map((row) => this.X[row] ?? []), rows.map((row) => this.y[row] ?? [])];
    const rate = this.rate(step);
    const passed = forward(this.model, parameters, X);
    const loss = lossValue(this.model, rawOf(passed), y, parameters.weights).total;
    const slopes = backward(this.model, passed, y, parameters.weights).all;
    const next = updated(this.optimizer, parameters, slopes, memory, rate, step + 1);
    const wrong = culprit(loss, slopes, "gradient") || culprit(loss, next.parameters, "new value");
    if (wrong) {
      const limit = stability(this.model, parameters, X, y, false);
      const advice =
        limit.limit !== null
          ? verdict(limit, rate)
          : `Try learning_rate=${general(rate / 10)}, scale the inputs, or choose a loss that grows more slowly.`;
      throw new Diverged(
        `Training diverged in step ${step + 1}: ${wrong} (learning rate ${general(rate)}). The weights from before this step are kept. ${advice}`,
      );
    }
    return { step: step + 1, parameters: next.parameters, memory: next.memory };
  }

  /** The same run under other settings from a step on. */
  continued(settings: Settings, step: number): Stage {
    if (!continues(this.settings, settings))
      throw new Refused(`The settings that are given for step ${step} need a new start.`);
    const size = settings.batch_size === null ? this.course.n_rows : Math.min(settings.batch_size, this.course.n_rows);
    const epoch = this.course.epoch(step) + (this.course.batch(step) ? 1 : 0);
    const offset =
      size === this.course.size_of_batch ? this.course.offset : epoch * Math.ceil(this.course.n_rows / size) - step;
    const next = new Stage(this.registry, this.prepared, settings, step, offset);
    if (next.course.steps < step)
      throw new Refused(
        `epochs=${settings.epochs} lies before the current epoch of the run, ${this.course.epoch(step) + 1}. Type a larger number, or go back first.`,
      );
    return next;
  }
}

/** The stages of a run, one after another: each step is taken under the settings that hold for it. */
export class Journey {
  #stages: Stage[];
  state: State;

  constructor(first: Stage, changes: readonly Change[] = []) {
    this.#stages = [first];
    for (const change of changes.toSorted((a, b) => a.step - b.step))
      this.#stages.push((this.#stages.at(-1) as Stage).continued(change.settings, change.step));
    this.state = first.start;
  }

  get step(): number {
    return this.state.step;
  }

  get first(): Stage {
    return this.#stages[0] as Stage;
  }

  /** The settings that hold for the next step. */
  get stage(): Stage {
    return this.#stages.findLast((one) => one.first <= this.step) ?? this.first;
  }

  /** The settings that held for the last step. */
  get before(): Stage {
    return this.#stages.findLast((one) => one.first < this.step) ?? this.first;
  }

  get changes(): Change[] {
    return this.#stages.slice(1).map((one) => ({ step: one.first, settings: one.settings }));
  }

  /** Steps planned in all. */
  get steps(): number {
    return (this.#stages.at(-1) as Stage).course.steps;
  }

  advance(): void {
    this.state = this.stage.after(this.state);
  }

  /** From here on other settings; what was to change later is forgotten. */
  change(settings: Settings): void {
    const next = this.before.continued(settings, this.step);
    this.#stages = [...this.#stages.filter((one) => one.first < this.step || one === this.first), next];
    if (this.step === 0) this.#stages = [next];
  }

  forgetLater(): void {
    this.#stages = this.#stages.filter((one) => one.first <= this.step);
  }

  twin(): Journey {
    return new Journey(this.first, this.changes);
  }

  /** The name of a parameter that exists. */
  named(parameter: string): string {
    const name = parameter.replaceAll(" ", "");
    if (placeOfParameter(name, this.state.parameters)) return name;
    throw new Refused(
      `There is no parameter ${parameter.slice(0, 40)} in a network with layers of sizes ${this.stage.sizes.join(", ")}. Write W1[0,0] for a weight and b1[0] for a bias (layers from 1, the rest from 0).`,
    );
  }

  set({ parameter, value }: WeightEdit): void {
    const place = placeOfParameter(parameter, this.state.parameters);
    if (!place) return;
    const { weights, biases } = this.state.parameters;
    const [i = 0, j = 0] = place.index;
    const parameters =
      place.kind === "weights"
        ? {
            weights: weights.map((w, k) =>
              k === place.layer - 1 ? mapMatrix(w, (old, a, b) => (a === i && b === j ? value : old)) : w,
            ),
            biases,
          }
        : { weights, biases: biases.map((b, k) => (k === place.layer - 1 ? b.with(i, value) : b)) };
    this.state = { ...this.state, parameters };
  }
}
