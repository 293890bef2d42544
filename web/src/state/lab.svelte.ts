// The lab on the screen: one run, its newest frame, and what the person has chosen to look at.
import type {
  Catalog,
  Column,
  Control,
  Curves,
  Frame,
  Lab as StoredLab,
  Maps,
  NewRun,
  RunState,
  Runs,
  RunSummary,
  Session,
  Settings,
  Understanding,
} from "../contract";
import { get, inData, inRun, post, sentence, Unreachable } from "../server/api";
import { joined, NO_CURVES } from "./curves";
import { unpack } from "./packing";
import { opened } from "./opened.svelte";
import { keepPace, paceOf, type Pace, type Unit } from "./pace";
import { route } from "./route.svelte";
import { Stream, type Connection } from "../server/stream";

/** With the next picture of the screen; a page in the background, which has none, is kept up to date more seldom. */
function soon(task: () => void): void {
  if (document.hidden) setTimeout(task, 250);
  else requestAnimationFrame(task);
}

class Lab {
  catalog = $state.raw<Catalog | null>(null);
  session = $state.raw<Session | null>(null);
  runs = $state.raw<readonly RunSummary[]>([]);
  run = $state.raw<RunState | null>(null);
  frame = $state.raw<Frame | null>(null);
  curves = $state.raw<Curves>(NO_CURVES);
  comparison = $state.raw<import("../contract").ComparisonState | null>(null);
  connection = $state<Connection>("connecting");
  /** What went wrong last, in words; the person dismisses it. */
  fault = $state("");
  /** A change that the server is working on. */
  busy = $state(false);
  unit = $state<Unit>("batch");
  /** Units a second when playing; null as fast as it goes. */
  speed = $state<number | null>(4);
  /** The row of the table whose numbers the drawing shows. */
  pinned = $state(0);
  /** Columns that the map or curve shows; null leaves it to the server. */
  view = $state.raw<{ x: string | null; y: string | null }>({ x: null, y: null });
  /** What the pictures of a network on images show. */
  shown = $state<Maps["shown"]>("values");
  /** Whether the settings stand open. */
  drawer = $state(false);
  /** A change of settings that needs a new start, while the person is asked. */
  asked = $state.raw<Partial<Settings> | null>(null);
  /** Ask no more before a new start; the run before can always be brought back. */
  unasked = $state(false);
  /** The run that stood here before the last new start. */
  before = $state.raw<RunState | null>(null);
  #stream = new Stream();
  #next: Frame | null = null;
  #joined = NO_CURVES;

  get status(): RunState["status"] {
    return this.frame?.status ?? this.run?.status ?? "paused";
  }

  get playing(): boolean {
    return this.status === "playing";
  }

  get position(): RunState["position"] | null {
    return this.frame?.position ?? this.run?.position ?? null;
  }

  /** Changes whenever a number of the step could have. */
  get moment(): string {
    const at = this.position;
    return at && this.run
      ? `${this.run.id}/${this.frame?.revision ?? this.run.revision}/${at.step}/${at.operation}`
      : "";
  }

  /** The input columns of the run, in the table's order. */
  inputs = $state.raw<readonly string[]>([]);
  columns = $state.raw<readonly Column[]>([]);

  /** What a teacher has hidden in this run. */
  get hidden(): readonly string[] {
    return this.run?.hidden ?? [];
  }

  hides(control: string): boolean {
    return this.hidden.includes(control);
  }

  async start(): Promise<void> {
    try {
      [this.session, this.catalog] = await Promise.all([get<Session>("/api/session"), get<Catalog>("/api/catalog")]);
      this.runs = this.session.runs;
      const { opened: table, last_run: last } = this.session;
      const fresh = table !== null && !this.runs.some((run) => run.data.id === table);
      const ways = [
        () => this.follow(),
        async () => void (fresh ? await this.begin({ data: table }) : last && (await this.open(last))),
        async () => void (await this.begin({ data: "lecture" })),
      ];
      let fault = ""; // what cannot be opened is said, and something else is shown
      for (const way of ways) {
        if (this.run) break;
        await way();
        fault ||= this.fault;
      }
      this.fault = fault;
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Open the lab that came with the link; where it cannot be read, what stood here stays. */
  async follow(): Promise<void> {
    const { packed } = route;
    route.packed = null;
    const lab = packed && (await unpack(packed).catch((error: unknown) => void this.#failed(error)));
    if (lab) await this.openLab(lab);
  }

  async open(run: string): Promise<void> {
    await this.#show(() => get<RunState>(inRun(run)));
  }

  async begin(run: NewRun): Promise<boolean> {
    return this.#show(() => post<RunState>("/api/runs", run));
  }

  async openLab(lab: StoredLab): Promise<boolean> {
    const done = await this.#show(() => post<RunState>("/api/labs", lab));
    if (done) {
      const { x, y, row } = lab.view;
      this.look({ x: typeof x === "string" ? x : null, y: typeof y === "string" ? y : null });
      if (typeof row === "number") this.pin(row);
    }
    return done;
  }

  /** Go on under other settings; what needs a new start is asked for first, if anything has been learned. */
  async change(settings: Partial<Settings>): Promise<boolean> {
    if (!this.run) return false;
    if (!this.unasked && (this.position?.step ?? 0) > 0 && !this.continues(settings)) {
      this.asked = settings;
      return false;
    }
    return this.#change(settings);
  }

  /** Whether the run can go on under these settings from where it stands; `stretch.py` knows the same rule. */
  continues(settings: Partial<Settings>): boolean {
    const run = this.run;
    if (!run) return false;
    const batches = run.engine === "reference" && run.settings.schedule.startsWith("constant");
    const free: readonly string[] = ["learning_rate", "epochs", "l1", "l2", ...(batches ? ["batch_size"] : [])];
    const same = (key: string, value: unknown): boolean =>
      JSON.stringify(run.settings[key as keyof Settings]) === JSON.stringify(value);
    return Object.entries(settings).every(([key, value]) => free.includes(key) || same(key, value));
  }

  /** The answer to what was asked. */
  async answer(yes: boolean): Promise<void> {
    const settings = this.asked;
    this.asked = null;
    if (yes && settings) await this.#change(settings);
  }

  async #change(settings: Partial<Settings>): Promise<boolean> {
    const run = this.run;
    if (!run) return false;
    const body: NewRun = {
      data: run.data.id,
      columns: run.columns,
      settings: { ...run.settings, ...settings },
      name: run.name,
    };
    return this.#anew(() => post<RunState>(inRun(run.id, "settings"), body));
  }

  /** A new start with other settings; the run before is kept. */
  async startAgain(settings: Partial<Settings>): Promise<boolean> {
    const run = this.run;
    if (!run) return false;
    const body: NewRun = {
      data: run.data.id,
      columns: run.columns,
      settings: { ...run.settings, ...settings },
      name: run.name,
      hidden: [...run.hidden],
    };
    return this.#anew(() => post<RunState>("/api/runs", body));
  }

  /** A change that may begin a new run: what the person looks at stays. */
  async #anew(load: () => Promise<RunState>): Promise<boolean> {
    return this.#work(async () => {
      const old = this.run;
      const state = await load();
      if (!old || state.id === old.id) return this.#take(state);
      const { pinned, view, unit, speed } = this;
      const before = { ...old, position: this.position ?? old.position };
      this.#enter(state);
      Object.assign(this, { pinned, view, before });
      this.walkBy({ unit, speed });
      this.#connect();
    });
  }

  /** Bring back the run that stood here before the last new start. */
  async undo(): Promise<void> {
    const { before, pinned, view } = this;
    if (!before) return;
    await this.open(before.id);
    if (before.data.id === this.run?.data.id) Object.assign(this, { pinned, view });
    this.#connect();
  }

  async control(control: Control): Promise<boolean> {
    const run = this.run;
    if (!run) return false;
    return this.#work(async () => this.#take(await post<RunState>(inRun(run.id, "control"), control)));
  }

  /** Whether a step can be taken: the run neither plays nor has come to its end. */
  get canStep(): boolean {
    return this.run !== null && !this.playing && !["diverged", "failed", "finished"].includes(this.status);
  }

  /** Play, or pause. */
  toggle(): Promise<boolean> {
    if (!this.playing && !this.canStep) return Promise.resolve(false);
    return this.control(this.playing ? { do: "pause" } : { do: "play", unit: this.unit, per_second: this.speed });
  }

  /** Choose the pace; it is remembered. */
  walkBy(pace: Partial<Pace>): void {
    Object.assign(this, pace);
    if (this.run) keepPace(this.run.id, this);
  }

  /** A step of the chosen size, forward or back. */
  walk(count: 1 | -1): Promise<boolean> {
    const can =
      count > 0
        ? this.canStep
        : !this.playing && ((this.position?.step ?? 0) > 0 || (this.position?.operation ?? 0) > 0);
    return can ? this.control({ do: "move", unit: this.unit, count }) : Promise.resolve(false);
  }

  async remove(run: string): Promise<void> {
    await this.#work(async () => {
      this.runs = (await post<Runs>(inRun(run, "remove"), {})).runs;
    });
  }

  async listRuns(): Promise<void> {
    await this.#work(async () => {
      this.runs = (await get<Runs>("/api/runs")).runs;
    });
  }

  pin(row: number): void {
    this.pinned = Math.max(0, row);
    this.#connect();
  }

  look(view: { x: string | null; y: string | null }): void {
    this.view = view;
    this.#connect();
  }

  /** A state that came as an answer. */
  took(state: RunState): void {
    this.#take(state);
  }

  async rename(run: string, name: string): Promise<void> {
    await this.#work(async () => {
      this.runs = (await post<Runs>(inRun(run, "rename"), { name })).runs;
    });
  }

  showMaps(shown: Maps["shown"]): void {
    this.shown = shown;
    this.#connect();
  }

  stop(): void {
    this.#stream.close();
  }

  async #show(load: () => Promise<RunState>): Promise<boolean> {
    return this.#work(async () => {
      this.#enter(await load());
      this.#connect();
    });
  }

  /** Another run takes the screen. */
  #enter(state: RunState): void {
    opened.close();
    Object.assign(this, { before: null, pinned: 0, view: { x: null, y: null } });
    this.frame = null;
    this.curves = this.#joined = NO_CURVES;
    this.#next = null;
    this.comparison = null;
    this.speed = state.data.group === "lecture" ? 4 : 15;
    this.unit = state.layer_sizes.length === 2 && state.parts.train <= 12 ? "batch" : "epoch";
    Object.assign(this, paceOf(state.id));
    this.#take(state);
  }

  /** A state may arrive by the stream and as an answer; the newer one counts. */
  #take(state: RunState): void {
    if (this.run?.id === state.id && state.revision < this.run.revision) return;
    if (this.run?.id === state.id && state.revision > this.run.revision)
      this.pinned = Math.min(this.pinned, state.data.n_rows - 1);
    const other = this.run?.id !== state.id || this.run.revision !== state.revision;
    this.run = state;
    if (other) void this.#readInputs(state);
  }

  async #readInputs(state: RunState): Promise<void> {
    try {
      const understanding = await post<Understanding>(inData(state.data.id, "columns"), state.columns);
      if (this.run?.id !== state.id) return;
      this.inputs = understanding.columns.filter((column) => column.role === "input").map((column) => column.name);
      this.columns = understanding.columns;
    } catch (error) {
      this.#failed(error);
    }
  }

  #connect(): void {
    const run = this.run;
    if (!run) return;
    const query = { x: this.view.x, y: this.view.y, row: this.pinned, resolution: 48, pictures: 1, maps: this.shown };
    this.#stream.open(inRun(run.id, "stream"), query, {
      state: (state) => this.#take(state),
      frame: (frame) => this.#frame(frame),
      comparison: (comparison) => (this.comparison = comparison),
      connection: (connection) => (this.connection = connection),
    });
  }

  /** Frames may come faster than the page draws: the newest is drawn, once, and the points of the curves of all are kept. */
  #frame(frame: Frame): void {
    if (frame.run !== this.run?.id) return;
    this.connection = "open";
    this.#joined = joined(this.#joined, frame.curves);
    const waiting = this.#next !== null;
    this.#next = frame;
    if (!waiting) soon(() => this.#draw());
  }

  #draw(): void {
    const frame = this.#next;
    this.#next = null;
    if (!frame || frame.run !== this.run?.id) return;
    this.frame = frame;
    this.curves = this.#joined;
  }

  async #work(task: () => Promise<void>): Promise<boolean> {
    this.busy = true;
    try {
      await task();
      this.fault = "";
      return true;
    } catch (error) {
      this.#failed(error);
      return false;
    } finally {
      this.busy = false;
    }
  }

  #failed(error: unknown): void {
    if (error instanceof Unreachable) {
      this.connection = "lost";
      this.#connect(); // which tries until it succeeds, and then says that all is well again
    } else this.fault = sentence(error);
  }
}

export const lab = new Lab();
