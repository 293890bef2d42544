// A run in the page: it goes forward, and back to exactly the same bits; `glassnet.studio.run.run` is its model.
import type {
  Change,
  Control,
  Curves,
  Losses,
  Operation,
  Position,
  RunState,
  Settings,
  StabilityLimit,
  WeightEdit,
} from "../../contract";
import { Diverged, forward, lossValue, rawOf } from "../../reference/network";
import { Refused } from "../../reference/registry";
import { general } from "../../reference/text";
import { nextRow, timeline } from "../../reference/timeline";
import { limitOf, outlook } from "./outlook";
import { Snapshots } from "./snapshots";
import { Journey, type Stage, type State } from "./stage";

const SLICE = 10; // milliseconds between looks at what else is to be done
const MOST_POINTS = 4_000;
const MOST_MOVES = 100_000;
type Status = RunState["status"];
type Point = readonly [step: number, losses: Losses];

const clear = (value: number): number | null => (Number.isFinite(value) ? value : null);

export class Run {
  journey: Journey;
  edits: WeightEdit[];
  revision = 0;
  sequence = 0;
  status: Status = "paused";
  speed: RunState["speed"] = null;
  message = "";
  operation = 0;
  furthest = 0;
  stability: StabilityLimit | null = null;
  points: Point[] = [];
  /** Grows whenever points that a watcher has are no longer true. */
  generation = 0;
  #every = 1;
  #snapshots = new Snapshots();
  #limited: Stage | null = null;
  #watchers = new Set<() => void>();
  #driver = 0;

  constructor(stage: Stage, edits: readonly WeightEdit[] = [], changes: readonly Change[] = []) {
    this.journey = new Journey(stage, changes);
    this.edits = edits.toSorted((a, b) => a.step - b.step);
    for (const { parameter } of this.edits) this.journey.named(parameter);
    this.#begin();
  }

  #begin(): void {
    this.points = [];
    this.#every = 1;
    this.#snapshots = new Snapshots();
    this.operation = this.furthest = 0;
    this.#applyEdits();
    this.#snapshots.add(this.journey.state, true);
    this.#settleIn();
    this.#measure();
  }

  // ---- where it stands ----------------------------------------------------------------------------------------------

  get stage(): Stage {
    return this.journey.stage;
  }

  get step(): number {
    return this.journey.step;
  }

  get moved(): boolean {
    return Math.max(this.furthest, this.step) > 0 || this.edits.length > 0;
  }

  operations(read = false): Operation[] {
    const { course, model, sizes } = this.stage;
    const found = timeline(
      sizes,
      course.size(Math.min(this.step, course.steps - 1)),
      model.loss.record.link !== "identity",
    );
    if (this.step < course.steps) return found;
    return found.slice(0, read ? found.findIndex(({ phase }) => phase === "backward") : 1);
  }

  position(): Position {
    const { course, settings } = this.stage;
    const operations = this.operations();
    const operation = Math.min(this.operation, operations.length - 1);
    return {
      step: this.step,
      steps: this.journey.steps,
      epoch: course.epoch(this.step),
      epochs: settings.epochs,
      batch: course.batch(this.step),
      batches: course.batches,
      operation,
      operations: operations.length,
      row: operations[operation]?.row ?? null,
      furthest: Math.max(this.furthest, this.step),
    };
  }

  losses(): Losses {
    const last = this.points.at(-1);
    return last?.[0] === this.step ? last[1] : this.#losses();
  }

  #losses(): Losses {
    const { model, prepared, X, y } = this.stage;
    const { parameters } = this.journey.state;
    const { data, l1, l2, total } = lossValue(model, rawOf(forward(model, parameters, X)), y, parameters.weights);
    const rows = prepared.parts.validation;
    const pick = (matrix: number[][]): number[][] => rows.map((row) => matrix[row] ?? []);
    const held = rows.length
      ? lossValue(model, rawOf(forward(model, parameters, pick(prepared.X))), pick(prepared.y), parameters.weights).data
      : NaN;
    return { data: clear(data), l1: clear(l1), l2: clear(l2), total: clear(total), validation: clear(held) };
  }

  curves(first: number): Curves {
    const fresh = this.points.slice(first);
    const column = (name: keyof Losses): (number | null)[] => fresh.map(([, losses]) => losses[name]);
    return {
      first,
      step: fresh.map(([step]) => step),
      data: column("data"),
      l1: column("l1"),
      l2: column("l2"),
      total: column("total"),
      validation: column("validation"),
    };
  }

  watch(callback: () => void): () => void {
    this.#watchers.add(callback);
    return () => void this.#watchers.delete(callback);
  }

  tell(): void {
    this.sequence++;
    for (const watcher of [...this.#watchers]) watcher();
  }

  // ---- commands -----------------------------------------------------------------------------------------------------

  control(command: Control): void {
    if (command.do === "play") {
      const { unit = "epoch", per_second = null } = command;
      if (per_second !== null && !(0.01 <= per_second && per_second <= 10_000))
        throw new Refused(`per_second=${general(per_second)} must lie between 0.01 and 10000.`);
      this.#play(unit, per_second);
      return;
    }
    this.#driver++;
    if (command.do === "move") {
      const { unit, count = 1 } = command;
      if (!(0 < Math.abs(count) && Math.abs(count) <= MOST_MOVES))
        throw new Refused(`count=${count} must lie between 1 and ${MOST_MOVES}, or be negative.`);
      if (this.status === "arrived") [this.status, this.message] = ["paused", ""];
      this.#rest();
      this.#move(unit, count);
    } else if (command.do === "seek") {
      this.#rest();
      this.#goTo(command.step);
      this.operation = Math.max(0, Math.min(command.operation ?? 0, this.operations().length - 1));
    } else if (command.do === "reset") {
      if (this.edits.length) {
        this.edits = [];
        this.journey = this.journey.twin();
        this.#begin();
        this.generation++;
      }
      this.#goTo(0);
      this.operation = 0;
      this.#rest();
    } else if (command.do === "set") this.#set(command.parameter, command.value);
    else this.#rest();
    this.tell();
  }

  /** Go on under other settings from here; what came after is forgotten. */
  change(settings: Settings): void {
    this.#driver++;
    this.journey.change(settings);
    this.#cut();
    [this.status, this.message] = ["paused", ""];
    this.#rest();
    this.tell();
  }

  /** Start over under other settings, with the same watchers. */
  beginAgain(stage: Stage): void {
    this.#driver++;
    this.journey = new Journey(stage);
    [this.edits, this.status, this.speed, this.message] = [[], "paused", null, ""];
    this.#begin();
    this.generation++;
    this.revision++;
    this.tell();
  }

  #set(parameter: string, value: number): void {
    const name = this.journey.named(parameter);
    if (!Number.isFinite(value) || Math.abs(value) > 1e30)
      throw new Refused(`${name}=${value} must be a finite number of at most 1e30.`);
    const edit = { step: this.step, parameter: name, value };
    this.journey.set(edit);
    this.edits = [
      ...this.edits.filter((one) => one.step < edit.step || (one.step === edit.step && one.parameter !== name)),
      edit,
    ];
    this.journey.forgetLater();
    this.#cut();
    this.#rest();
  }

  /** Forget the steps after the current one, because the past changes here. */
  #cut(): void {
    const step = this.step;
    this.edits = this.edits.filter((one) => one.step <= step);
    this.#snapshots.cut(step);
    this.#snapshots.add(this.journey.state, true);
    const kept = this.points.filter(([one]) => one < step);
    if (kept.length < this.points.length) this.generation++;
    this.points = kept;
    [this.furthest, this.operation] = [step, 0];
    this.#settleIn();
    this.#measure();
  }

  /** Go on until paused, arrived, finished or diverged. */
  #play(unit: NonNullable<RunState["speed"]>["unit"], per_second: number | null): void {
    const mine = ++this.#driver;
    if (this.status === "finished" || this.step >= this.stage.course.steps) {
      this.#rest();
      this.tell();
      return;
    }
    const watchful = this.status !== "arrived"; // to resume from there is deliberate
    [this.status, this.speed, this.message] = ["playing", { unit, per_second }, ""];
    let [started, done] = [performance.now(), 0];
    const playing = (): boolean => this.#driver === mine && this.status === "playing";
    const slice = (): void => {
      if (!playing()) return;
      const begun = performance.now();
      const due = per_second === null ? Infinity : Math.floor(((begun - started) / 1000) * per_second) + 1 - done;
      for (let k = 0; k < due && playing() && performance.now() - begun < SLICE; k++) {
        this.#move(unit, 1);
        done++;
        if (playing()) this.#lookAhead(watchful);
      }
      if (per_second !== null && due > 10 * Math.max(1, per_second)) [started, done] = [performance.now(), 0]; // after a sleep
      const wait = per_second === null ? 0 : started + (1000 * done) / per_second - performance.now();
      if (playing()) setTimeout(slice, Math.max(0, wait));
      this.tell();
    };
    setTimeout(slice, 0);
    this.tell();
  }

  /** Stop a run that has arrived, or that runs away. */
  #lookAhead(watchful: boolean): void {
    if (this.stage.course.batches > 1) return; // only full batches have a loss that tells
    const found = outlook(this.points.map(([, losses]) => losses.total));
    if (found === "onward" || (found === "arrived" && !watchful)) return;
    [this.status, this.speed] = [found, null];
    this.message =
      found === "arrived"
        ? "The loss no longer changes: the run has converged. Play on to take more steps."
        : `The loss has grown a billion times and keeps growing. ${this.stability?.verdict ?? "Lower the learning rate."}`;
  }

  /** No longer playing. */
  #rest(): void {
    this.speed = null;
    if (!["diverged", "failed", "arrived"].includes(this.status))
      this.status = this.step >= this.stage.course.steps ? "finished" : "paused";
  }

  // ---- moving -------------------------------------------------------------------------------------------------------

  #move(unit: "operation" | "row" | "batch" | "epoch", count: number): void {
    if (unit === "epoch") this.#moveEpochs(count);
    else if (unit === "batch") this.#goTo(this.step + count + (count < 0 && this.operation > 0 ? 1 : 0));
    else {
      for (let k = 0; k < Math.abs(count); k++) this.#walk(unit, count > 0 ? 1 : -1);
      return;
    }
    this.operation = 0;
  }

  #moveEpochs(count: number): void {
    const { course } = this.stage;
    if (count > 0) {
      this.#goTo(course.begin(course.epoch(this.step) + count));
      return;
    }
    let left = count;
    if (this.operation > 0 && course.batch(this.step) === 0) {
      left++;
      this.operation = 0;
    }
    while (left < 0 && this.step > 0) {
      const before = this.journey.before;
      const epoch = before.course.epoch(this.step - 1);
      const begin = Math.max(before.first, before.course.begin(epoch + 1 + left));
      left += epoch + 1 - before.course.epoch(begin);
      this.#goTo(begin);
    }
  }

  /** One operation, or one row, forward or back, into the next step or the one before. */
  #walk(unit: "operation" | "row", direction: 1 | -1): void {
    const operations = this.operations();
    const beside = this.operation + direction;
    const inside = beside >= 0 && beside < operations.length ? beside : null;
    const place = unit === "operation" ? inside : nextRow(operations, this.operation, direction);
    if (place !== null) {
      this.operation = place;
      return;
    }
    const step = this.step + direction;
    if (step < 0 || step > this.journey.steps) {
      this.#settle();
      return;
    }
    this.#goTo(step);
    const last = this.operations().length;
    this.operation = direction > 0 ? 0 : unit === "operation" ? last - 1 : (nextRow(this.operations(), last, -1) ?? 0);
  }

  /** Have exactly `step` steps done: forward by taking them, back by a snapshot and from there again. */
  #goTo(wanted: number): void {
    const step = Math.max(0, Math.min(Math.trunc(wanted), this.journey.steps));
    if (step < this.step) {
      this.journey.state = this.#snapshots.before(step);
      this.#settleIn();
      this.operation = 0;
      if (["diverged", "finished", "arrived"].includes(this.status)) [this.status, this.message] = ["paused", ""];
    }
    while (this.step < step) {
      try {
        this.journey.advance();
      } catch (error) {
        if (!(error instanceof Diverged)) throw error;
        [this.status, this.speed, this.message] = ["diverged", null, error.message];
        return;
      }
      this.#settleIn();
      this.#applyEdits();
      this.#snapshots.add(this.journey.state);
      this.furthest = Math.max(this.furthest, this.step);
      this.#measure();
    }
    this.#settle();
  }

  #settle(): void {
    if (this.step >= this.stage.course.steps && this.status !== "diverged")
      [this.status, this.speed] = ["finished", null];
  }

  /** States from which the path of the run can be walked again. */
  get known(): ReadonlyMap<number, State> {
    return new Map([...this.#snapshots.all, [this.step, this.journey.state]]);
  }

  /** Recompute what follows from the current settings. */
  #settleIn(): void {
    const { stage } = this;
    if (this.#limited === stage) return;
    this.#limited = stage;
    this.stability = limitOf(stage);
  }

  #applyEdits(): void {
    for (const edit of this.edits) if (edit.step === this.step) this.journey.set(edit);
  }

  /** A point of the curves at the start and at each epoch's end. */
  #measure(): void {
    const { course } = this.stage;
    const last = this.points.at(-1)?.[0] ?? -1;
    if (course.batch(this.step) !== 0 || last >= this.step || course.epoch(this.step) % this.#every) return;
    this.points.push([this.step, this.#losses()]);
    if (this.points.length > MOST_POINTS) {
      this.points = this.points.filter((_, k) => k % 2 === 0);
      this.#every *= 2;
      this.generation++;
    }
  }
}
