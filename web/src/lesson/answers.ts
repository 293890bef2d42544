// What answers in place of the studio's server: the same requests, the same types of answers, for small dense networks.
import type {
  Catalog,
  ColumnChoice,
  Concept,
  Control,
  Explanation,
  Lab,
  NewRun,
  RowQuestion,
  RunState,
  Runs,
  Session,
  Settings,
  Understanding,
} from "../contract";
import { card, operationLines } from "../reference/opening";
import { activationOf, Refused } from "../reference/registry";
import type { Query } from "../server/api";
import type { Listener } from "../server/stream";
import type { Within } from "../server/within";
import { summaryOf } from "./run/about";
import type { LessonData, LessonDocument } from "./document";
import { frameOf } from "./run/frame";
import { neuronCard } from "./views/neuron";
import { arithmetic, MOST_SHOWN, openStep, viewOf } from "./views/opened";
import { notesOf } from "./run/notes";
import { pointsOf, surfaceOf } from "./views/pictures";
import { Run } from "./run/run";
import { continues, Stage } from "./run/stage";
import { cellText, rowName } from "./run/table";
import { rowCard, rowForm } from "./views/why";
import { even, type View } from "./views/view";

const FRAME = 50; // milliseconds between frames

interface Entry {
  readonly id: string;
  readonly created: string;
  data: LessonData;
  columns: ColumnChoice;
  name: string;
  hidden: string[];
  run: Run;
}

const whole = (query: Query, name: string, otherwise: number): number => Number(query[name] ?? otherwise);
const textOf = (query: Query, name: string): string | null => (typeof query[name] === "string" ? query[name] : null);

export class Answers implements Within {
  readonly #entries = new Map<string, Entry>();
  #last: string | null = null;

  constructor(
    readonly document: LessonDocument,
    /** Called after every change of the run that is open. */
    readonly keep: (lab: Lab) => void = () => undefined,
  ) {}

  answer(method: "GET" | "POST", path: string, query: Query, body: unknown): unknown {
    const [, area = "", id = "", ...rest] = path.slice(1).split("/").map(decodeURIComponent);
    const part = rest.join("/");
    if (area === "session" || area === "catalog") return area === "session" ? this.#session() : this.#catalog();
    if (area === "data" && !id) return { data_sets: this.document.data.map((one) => one.data.summary) };
    if (area === "data") return this.#ofData(this.#data(id), part, query, body);
    if (area === "labs") return this.#state(this.open(body as Lab));
    if (area === "runs" && !id) return method === "GET" ? this.#runs() : this.#state(this.begin(body as NewRun));
    if (area === "runs") return this.#ofRun(id, part, query, body);
    throw new Refused("This page cannot do that without the studio. Install it with: pip install 'glassnet[app]'");
  }

  /** Write down where the run that is open stands. */
  save(): void {
    const entry = this.#entries.get(this.#last ?? "");
    if (entry) this.keep(this.#lab(entry));
  }

  /** The menus; the small pictures of the activations are drawn from their formulas. */
  #catalog(): Catalog {
    const { catalog, registry } = this.document;
    const places = even({ low: -4, high: 4 }, 65);
    const activations = catalog.activations.map((concept): Concept => {
      const { apply, slope } = activationOf(registry, concept.name);
      return { ...concept, curve: places.map((z) => [z, apply(z), slope(z, apply(z))]) };
    });
    return { ...catalog, activations };
  }

  // ---- data ---------------------------------------------------------------------------------------------------------

  #data(id: string): LessonData {
    const found = this.document.data.find((one) => one.data.summary.id === id);
    if (!found) throw new Refused("There is no such table in this page.");
    return found;
  }

  #ofData(data: LessonData, part: string, query: Query, body: unknown): unknown {
    if (part === "") return data.data;
    if (part === "columns") return this.#understanding(data, body as ColumnChoice);
    if (part === "rows") {
      const { columns } = data.data.understanding;
      const held = [...data.columns, data.target];
      const count = data.target.values.length;
      const [offset, limit] = [whole(query, "offset", 0), whole(query, "limit", 50)];
      const shown = data.target.values.map((_, row) => row).slice(offset, offset + limit);
      const cells = columns.map(({ name }) => held.find((one) => one.name === name));
      return {
        offset,
        total: count,
        column_names: columns.map(({ name }) => name),
        row_names: shown.map((row) => rowName(data, row)),
        rows: shown.map((row) => cells.map((column) => (column ? cellText(column, row) : null))),
        image: null,
        pictures: [],
      };
    }
    throw new Refused("Tables are changed in the studio. Install it with: pip install 'glassnet[app]'");
  }

  #understanding(data: LessonData, choice: ColumnChoice): Understanding {
    const own = data.data.understanding;
    const columns = own.columns.map((column) => {
      const role = data.roles[column.name];
      return (choice.kinds[column.name] === "left_out" ? role?.left_out : role?.input) ?? column;
    });
    const feature_names = columns.filter((column) => column.role === "input").flatMap((column) => column.features);
    return {
      ...own,
      columns,
      choice,
      feature_names,
      proposal: data.proposals[feature_names.length - 1] ?? own.proposal,
    };
  }

  #proposed(data: LessonData, columns: ColumnChoice | null): Settings {
    const { proposal, problem } = this.#understanding(data, columns ?? data.data.understanding.choice);
    if (!proposal) throw new Refused(problem);
    return proposal;
  }

  // ---- runs ---------------------------------------------------------------------------------------------------------

  #entry(id: string): Entry {
    const found = this.#entries.get(id);
    if (!found) throw new Refused("There is no such run. It may have been removed.");
    return found;
  }

  #adopt(data: LessonData, columns: ColumnChoice, run: Run, name: string, hidden: readonly string[]): Entry {
    const id = `run${this.#entries.size + 1}`;
    const all = [...new Set([...hidden, ...this.document.hidden])];
    const entry = { id, created: new Date().toISOString(), data, columns, name, hidden: all, run };
    this.#entries.set(id, entry);
    run.watch(() => {
      if (this.#last === id && run.status !== "playing") this.keep(this.#lab(entry));
    });
    this.#last = id;
    return entry;
  }

  /** A new run. */
  begin(wanted: NewRun): Entry {
    const data = this.#data(wanted.data);
    const columns = wanted.columns ?? data.data.understanding.choice;
    const stage = Stage.of(this.document.registry, data, columns, wanted.settings ?? this.#proposed(data, columns));
    return this.#adopt(data, columns, new Run(stage), wanted.name ?? "", wanted.hidden ?? []);
  }

  /** A run from a stored lab. */
  open(lab: Lab): Entry {
    const { built_in, fingerprint } = lab.data;
    const data = this.document.data.find(({ data: { summary } }) => summary.id === (built_in ?? fingerprint));
    if (!data) throw new Refused(`This lab needs the table ${lab.data.name}, which this page does not hold.`);
    const stage = Stage.of(this.document.registry, data, lab.columns, lab.settings);
    const run = new Run(stage, lab.edits, lab.changes);
    const entry = this.#adopt(data, lab.columns, run, lab.name, lab.hidden);
    if (lab.step || lab.operation) run.control({ do: "seek", step: lab.step, operation: lab.operation });
    return entry;
  }

  #lab({ data, columns, run, name, hidden }: Entry): Lab {
    const { summary } = data.data;
    const { step, operation } = run.position();
    return {
      data: { name: summary.name, built_in: summary.id, csv: null, fingerprint: summary.id },
      columns,
      settings: run.journey.first.settings,
      format: 1,
      version: this.document.catalog.version,
      name,
      edits: [...run.edits],
      changes: run.journey.changes,
      step,
      operation,
      view: {},
      hidden,
    };
  }

  /** A run under other settings: it continues from where it stands, or a new one begins and it is kept as it is. */
  #change(entry: Entry, wanted: NewRun): Entry {
    const { run } = entry;
    const data = this.#data(wanted.data);
    const columns = wanted.columns ?? entry.columns;
    const settings = wanted.settings ?? this.#proposed(data, columns);
    const same = data === entry.data && JSON.stringify(columns) === JSON.stringify(entry.columns);
    if (same && run.step > 0 && continues(run.journey.before.settings, settings)) {
      const playing = run.status === "playing" ? run.speed : null;
      run.change(settings);
      if (playing) run.control({ do: "play", ...playing });
      return entry;
    }
    if (run.moved) {
      run.control({ do: "pause" });
      return this.begin({ ...wanted, columns, settings, hidden: entry.hidden });
    }
    const stage = Stage.of(this.document.registry, data, columns, settings);
    [entry.data, entry.columns, entry.name] = [data, columns, wanted.name || entry.name];
    run.beginAgain(stage);
    return entry;
  }

  #session(): Session {
    return {
      version: this.document.catalog.version,
      folder: "",
      opened: null,
      last_run: this.#last,
      runs: this.#runs().runs,
    };
  }

  #runs(): Runs {
    return { runs: [...this.#entries.values()].map(summaryOf).toReversed() };
  }

  #state(entry: Entry): RunState {
    const { run, data } = entry;
    const { stage } = run;
    const { prepared } = stage;
    const [center, scale] = prepared.unit;
    const { train, validation, test } = prepared.parts;
    this.#last = entry.id;
    return {
      id: entry.id,
      revision: run.revision,
      name: entry.name,
      created: entry.created,
      data: data.data.summary,
      columns: entry.columns,
      settings: stage.settings,
      task: prepared.classes.length ? "classification" : "regression",
      classes: [...prepared.classes],
      feature_names: prepared.features,
      target_names: prepared.targets,
      target_unit: center === 0 && scale === 1 ? null : { center, scale },
      layer_sizes: [...stage.sizes],
      activations: stage.model.activations.map((one) => one.spec),
      n_parameters: stage.sizes.slice(1).reduce((sum, size, k) => sum + size * ((stage.sizes[k] ?? 0) + 1), 0),
      parts: { train: train.length, validation: validation.length, test: test.length, without_target: 0 },
      engine: "reference",
      dtype: "float64",
      status: run.status,
      speed: run.speed,
      position: run.position(),
      edits: [...run.edits],
      changes: run.journey.changes,
      stability: run.stability,
      message: run.message,
      notes: notesOf(prepared),
      unkept: "",
      hidden: entry.hidden,
      threshold: null,
    };
  }

  #ofRun(id: string, part: string, query: Query, body: unknown): unknown {
    const entry = this.#entry(id);
    const { run } = entry;
    const { stage, journey } = run;
    const { parameters } = journey.state;
    if (part === "") return this.#state(entry);
    if (part === "control") {
      run.control(body as Control);
      return this.#state(entry);
    }
    if (part === "settings") return this.#state(this.#change(entry, body as NewRun));
    if (part === "remove") {
      run.control({ do: "pause" });
      this.#entries.delete(id);
      return this.#runs();
    }
    if (part === "rename") {
      entry.name = (body as { name: string }).name;
      run.revision++;
      run.tell();
      return this.#runs();
    }
    if (part === "frame") return frameOf(entry.id, run, this.#view(query), 0);
    if (part === "points") return pointsOf(stage, this.#view(query));
    if (part === "surface")
      return surfaceOf(run, textOf(query, "first"), textOf(query, "second"), whole(query, "resolution", 48));
    if (part === "neuron")
      return neuronCard(
        stage,
        parameters,
        run.position(),
        whole(query, "layer", 1),
        whole(query, "index", 0),
        this.#view(query),
      );
    if (part === "form") return rowForm(stage.prepared, whole(query, "row", 0));
    if (part === "row") return rowCard(stage, parameters, run.position(), body as RowQuestion);
    if (part === "export/state") return this.#lab(entry);
    const row = whole(query, "row", -1);
    if (part === "trace") return viewOf(openStep(run, row), whole(query, "rows", MOST_SHOWN));
    const detail = { digits: whole(query, "digits", 5), terms: whole(query, "terms", 8) };
    if (part === "explain") {
      const step = openStep(run, row);
      const found: Explanation = {
        ...card(step.trace, textOf(query, "name") ?? "L", detail),
        position: step.position,
        picture: null,
      };
      return found;
    }
    if (part === "operation") {
      const step = openStep(run, row);
      const operation = step.operations[whole(query, "index", step.position.operation)];
      if (!operation) throw new Refused(`This step has the operations 0 to ${step.operations.length - 1}.`);
      return { position: step.position, operation, lines: operationLines(step.trace, operation, detail) };
    }
    if (part === "operations") {
      const step = openStep(run, row);
      return { position: step.position, operations: arithmetic(step, whole(query, "most", 40), detail) };
    }
    throw new Refused("This page cannot do that without the studio. Install it with: pip install 'glassnet[app]'");
  }

  #view(query: Query): View {
    const row = whole(query, "row", -1);
    return {
      x: textOf(query, "x"),
      y: textOf(query, "y"),
      row: row < 0 ? null : row,
      resolution: whole(query, "resolution", 40),
    };
  }

  // ---- frames -------------------------------------------------------------------------------------------------------

  watch(path: string, query: Query, listener: Listener): () => void {
    const entry = this.#entry(decodeURIComponent(path.split("/")[3] ?? ""));
    const { run } = entry;
    let [sent, generation, last, waiting, told] = [0, -1, 0, false, ""];
    let open = true;
    const send = (): void => {
      waiting = false;
      if (!open) return;
      if (generation !== run.generation) [sent, generation] = [0, run.generation];
      const state = this.#state(entry);
      const about = JSON.stringify({ ...state, position: null });
      if (about !== told) listener.state(state);
      told = about;
      const frame = frameOf(entry.id, run, this.#view(query), sent);
      sent += frame.curves.step.length;
      last = performance.now();
      listener.frame(frame);
    };
    const soon = (): void => {
      if (waiting) return;
      waiting = true;
      setTimeout(send, Math.max(0, last + FRAME - performance.now()));
    };
    const leave = run.watch(soon);
    setTimeout(() => {
      if (!open) return;
      listener.connection("open");
      send();
    });
    return () => {
      open = false;
      leave();
    };
  }
}
