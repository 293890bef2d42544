// Written by `python -m glassnet.studio.contract` from the Python types; do not edit.
// A number that is not finite arrives as null.

/**
 * GET /api/runs/{run}/operations?most=40: every operation of the current step with its arithmetic.
 *
 * Empty when there are more than `most` operations; then ask for one at a time.
 */
export interface AllOperations {
  position: Position;
  operations: OperationWithLines[];
}

/**
 * An input column and the range that is drawn.
 */
export interface Axis {
  column: string;
  low: number;
  high: number;
}

/**
 * The observed share of the second class at a predicted probability of it, with a 95 % band.
 */
export interface CalibrationPoint {
  predicted: number | null;
  observed: number | null;
  low: number | null;
  high: number | null;
}

/**
 * How many rows are classified correctly and wrongly at a threshold on the probability of the second class.
 */
export interface Calls {
  threshold: number;
  true_positive: number;
  false_positive: number;
  true_negative: number;
  false_negative: number;
}

/**
 * GET /api/catalog: every menu of the page.
 */
export interface Catalog {
  version: string;
  activations: Concept[];
  losses: Concept[];
  reductions: Reduction[];
  optimizers: Concept[];
  schedules: Concept[];
  initializers: Concept[];
  penalties: Concept[];
  kinds: string[];
  data_sets: DataSummary[];
  limits: Limits;
}

/**
 * How one cell of a row is changed: a number within a range, a date (days since 1970-01-01), or one of the levels.
 *
 * `low` and `high` are what training saw; `own` is the row's cell as a value of the control, null where it is missing.
 */
export interface CellControl {
  name: string;
  kind: "date" | "integer" | "level" | "number";
  own: number | string | null;
  low: number | null;
  high: number | null;
  levels: string[];
}

/**
 * A new text for one cell; null makes it missing.
 */
export interface CellEdit {
  row: number;
  column: string;
  text: string | null;
}

/**
 * Settings that hold from a step on.
 */
export interface Change {
  step: number;
  settings: Settings;
}

/**
 * A gradient entry held against a central finite difference.
 */
export interface Check {
  analytic: number | null;
  numeric: number | null;
  width: number;
  relative_error: number | null;
  verdict: string;
  sentence: string;
}

/**
 * How the activation spreads over the rows of one class (or of a third of the targets).
 */
export interface ClassCounts {
  label: string;
  counts: number[];
}

/**
 * One column: how it is understood and what it holds.
 *
 * A column with `suggestions` needs a decision; `reason` says which.
 * `reason` says why it is left out, or how odd cells were understood. Numbers have a histogram, mean, standard
 * deviation and a `range` in words (of dates: in days); categories have their most frequent `levels` and `n_levels` in
 * all; of images the first `pictures`.
 */
export interface Column {
  name: string;
  kind: string;
  role: "input" | "left_out" | "stratum" | "target";
  reason: string;
  missing: number;
  features: string[];
  histogram: Histogram | null;
  levels: Level[];
  n_levels: number;
  range: string;
  minimum: number | null;
  maximum: number | null;
  mean: number | null;
  standard_deviation: number | null;
  suggestions: Suggestion[];
  pictures: ExampleImage[];
}

/**
 * The user's choices about the columns.
 *
 * `kinds` maps a column to number, integer, date, yes_no, category, left_out or stratum (the groups within which times
 * to an event are compared); columns not named are judged.
 * `null_strings` are further texts that mean a missing cell. Rows with the same cell in the column `groups` stay in
 * one part; it is not an input. `event` is the column that says whether the time in `target` ended with the event, or
 * ``column=cell`` where one of its cells does. `image_side` is the number of rows or columns that the network sees of
 * an image at most; null leaves it to the studio. `fitted` is the schema of a model file whose weights the run takes
 * over: columns, scaling and categories are then those of the file.
 */
export interface ColumnChoice {
  target: string | null;
  task: "classification" | "regression" | "survival" | null;
  kinds: Record<string, string>;
  null_strings: string[];
  groups: string | null;
  event: string | null;
  image_side: number | null;
  fitted: Record<string, unknown> | null;
}

/**
 * The contribution of a column to the answer; `error` is the standard error of the sampling, 0 where it is exact.
 *
 * `remark` says when the value lies outside of what training saw.
 */
export interface ColumnPart {
  name: string;
  cell: string;
  contribution: number | null;
  error: number;
  remark: string;
}

/**
 * POST /api/runs/{run}/compare starts it, GET /api/runs/{run}/comparison and the stream say how it goes.
 *
 * `step` is that of the network that was compared.
 */
export interface ComparisonState {
  status: "failed" | "none" | "ready" | "running";
  step: number;
  doing: string;
  message: string;
  models: ModelScore[];
  difference: Difference | null;
  verdict: string;
  n_train: number;
  n_test: number;
  coverage: number;
  notes: string[];
}

/**
 * One record of a registry. Its spec is ``name`` or ``name(parameter=value)``.
 *
 * `task` and `link` belong to losses. `curve` belongs to activations: ``[z, a, slope]`` for a small picture.
 */
export interface Concept {
  name: string;
  summary: string;
  reference: string;
  parameters: ParameterChoice[];
  formulas: FormulaText[];
  task: "binary" | "multiclass" | "regression" | "survival" | null;
  link: string | null;
  curve: [number, number, number][];
}

/**
 * GET /api/runs/{run}/cell?part=test&truth=1&predicted=0: rows of one cell, the surest first, at most 200.
 */
export interface ConfusionCell {
  part: "test" | "train" | "validation";
  truth: number;
  predicted: number;
  total: number;
  rows: JudgedRow[];
}

/**
 * Channels that look for one small pattern each, `size` by `size` pixels, everywhere in the image.
 */
export interface ConvolutionLayer {
  layer: "convolution";
  channels: number;
  size: number;
  activation: string;
  stride: number;
  padding: "same" | "valid";
}

/**
 * The prediction over one input: `values` has one list per output (classes: shares), `neurons` one per neuron.
 *
 * `neurons` is null where there are too many for that.
 */
export interface Curve {
  kind: "curve";
  x: Axis;
  at: number[];
  values: ((number | null)[])[];
  neurons: (((number | null)[])[])[] | null;
  held: string;
}

/**
 * Points of the loss curves, by column; `first` is the number of points that came before.
 *
 * A point belongs to the end of an epoch, or to the start (step 0). When `first` is 0 the page starts over.
 */
export interface Curves {
  first: number;
  step: number[];
  data: (number | null)[];
  l1: (number | null)[];
  l2: (number | null)[];
  total: (number | null)[];
  validation: (number | null)[];
}

/**
 * GET /api/data/{data}, and the answer to an upload or an edit.
 */
export interface DataSet {
  summary: DataSummary;
  editable: boolean;
  notes: string[];
  understanding: Understanding;
}

/**
 * GET /api/data: built-in and own data sets.
 */
export interface DataSets {
  data_sets: DataSummary[];
}

/**
 * One data set of the list. Ids are opaque; a built-in set has its name for an id.
 */
export interface DataSummary {
  id: string;
  name: string;
  summary: string;
  reference: string;
  group: "images" | "lecture" | "own" | "real" | "two inputs";
  n_rows: number;
  n_columns: number;
}

/**
 * The prediction over two inputs on a grid, row by row from the lowest y.
 *
 * `values` is the prediction: the number, or the share of the second class; with more classes the share of the winner,
 * whose code is in `winners`. `neurons` has a coarse map of each neuron, layer by layer, on `coarse` x `coarse` cells;
 * null where there are too many neurons for that.
 */
export interface DecisionMap {
  kind: "map";
  x: Axis;
  y: Axis;
  columns: number;
  rows: number;
  values: (number | null)[];
  winners: number[];
  coarse: number;
  neurons: (((number | null)[])[])[] | null;
  held: string;
}

/**
 * GET /api/runs/{run}/decisions?part=test: two classes at every threshold.
 *
 * `calls` have the thresholds 0.01, 0.02, ..., 0.99; there are none without probabilities. `calibration` is empty
 * where one of the classes has no row.
 */
export interface Decisions {
  part: "test" | "train" | "validation";
  n_rows: number;
  n_positive: number;
  calls: Calls[];
  calibration: CalibrationPoint[];
}

/**
 * By how much one model beats another on the same rows.
 */
export interface Difference {
  better: string;
  other: string;
  metric: string;
  value: number;
  low: number;
  high: number;
  clear: boolean;
}

/**
 * ``name = symbolic = tokens = result``; `omitted` terms are counted in the result and not written.
 *
 * `latex` is the same for an ``align*`` block of amsmath.
 */
export interface EquationLine {
  part: string;
  name: string;
  symbolic: string;
  tokens: Token[];
  result: string;
  value: number | null;
  omitted: number;
  latex: string;
}

/**
 * GET /api/runs/{run}/evaluation: the network as it is now.
 */
export interface Evaluation {
  step: number;
  classes: string[];
  parts: PartScore[];
}

/**
 * An image of a column: gray values, row by row (of colors their mean), from `low` to `high`.
 */
export interface ExampleImage {
  name: string;
  rows: number;
  columns: number;
  values: number[];
  low: number;
  high: number;
}

/**
 * A part of what enters a convolution that excites a channel; one list of pixels per channel that enters.
 */
export interface ExcitingPatch {
  name: string;
  row: number;
  y: number;
  x: number;
  value: number;
  pixels: ((number | null)[])[];
}

/**
 * GET /api/runs/{run}/explain?name=W1[0,2]&digits=5: any number of the current step, opened.
 *
 * `picture` is what lies behind a pixel of a map, or behind a weight of a convolution.
 */
export interface Explanation {
  name: string;
  title: string;
  position: Position;
  lines: EquationLine[];
  check: Check | null;
  note: string;
  picture: KernelWindow | KernelPatches | null;
}

/**
 * One formula of a concept, for a reader: plain text and LaTeX.
 */
export interface FormulaText {
  name: string;
  text: string;
  latex: string;
}

/**
 * Event ``frame`` of GET /api/runs/{run}/stream: the run as it is now. Frames that are late are left out.
 *
 * `opened` is the step that comes next, at the same moment as all the rest; null where it is too large to be made as
 * often as frames are: then it is read by itself. `maps` is the row of the view as a network on images sees it.
 */
export interface Frame {
  run: string;
  revision: number;
  sequence: number;
  status: "arrived" | "diverged" | "failed" | "finished" | "paused" | "playing";
  position: Position;
  losses: Losses;
  curves: Curves;
  layers: LayerWeights[];
  picture: Curve | DecisionMap | Predictions | null;
  opened: OpenedStep | null;
  message: string;
  maps: Maps | null;
}

/**
 * Images of one class, or of a table without classes: how many there are, and the first ones.
 */
export interface Gallery {
  label: string | null;
  count: number;
  pictures: ExampleImage[];
}

/**
 * One hidden layer; the activation is a spec such as ``leaky_relu(slope=0.2)``.
 */
export interface HiddenLayer {
  neurons: number;
  activation: string;
}

/**
 * Counts of equal bins from `low` to `high`.
 */
export interface Histogram {
  low: number;
  high: number;
  counts: number[];
}

/**
 * The images of a table: rows and columns as they are kept and as the network sees them, and how they look.
 *
 * `sides` are the sizes to choose from, by their longer side.
 */
export interface ImageFacts {
  column: string;
  kept: [number, number];
  seen: [number, number];
  channels: number;
  sides: number[];
  galleries: Gallery[];
}

/**
 * POST /api/images takes a file of images; GET /api/images says how its reading goes: `done` of `total` files.
 *
 * `data` is the new data set once it is ready; `total` is null where it is not known.
 */
export interface IntakeState {
  status: "canceled" | "failed" | "none" | "ready" | "running";
  name: string;
  doing: string;
  done: number;
  total: number | null;
  data: string | null;
  message: string;
}

/**
 * The patient in one interval of time: in the table, as the network predicts, and what pulls at the output.
 *
 * `ending` is "event", "without the event" or "not at risk"; `at_risk` the share of the interval that it was at risk.
 * `predicted` is the probability of the event in the interval, or its rate over the whole of it; `slope` that of the
 * row's loss along the output. `opened` is as in `RiskShare`.
 */
export interface IntervalPart {
  start: number;
  until: number;
  ending: "event" | "not at risk" | "without the event";
  at_risk: number;
  predicted: number;
  slope: number;
  opened: string;
}

/**
 * A row of the table, the probability of the class that is predicted for it, and its image where it has one.
 */
export interface JudgedRow {
  row: number;
  name: string;
  share: number | null;
  picture: ExampleImage | null;
}

/**
 * The patches that move a weight of a convolution most; the weight stands at `tap_y`, `tap_x` of its kernel.
 *
 * `total` is the gradient of the data loss, the sum of `count` products.
 */
export interface KernelPatches {
  picture: "patches";
  rows: number;
  columns: number;
  tap_y: number;
  tap_x: number;
  kernel: (number | null)[];
  patches: MovingPatch[];
  total: number;
  count: number;
}

/**
 * How one number of a map comes about: `rows` by `columns` numbers under the window, channel by channel.
 *
 * `top` and `left` say where the window begins in the map that enters; what lies outside of it is 0. Of max pooling
 * `winner` is the place of the largest. ``activation(total) = value``, where `total` is the sum of all channels and
 * the bias.
 */
export interface KernelWindow {
  picture: "window";
  layer: number;
  channel: number;
  y: number;
  x: number;
  rows: number;
  columns: number;
  top: number;
  left: number;
  channels: WindowChannel[];
  bias: number | null;
  total: number | null;
  activation: string;
  value: number | null;
  winner: number | null;
}

/**
 * The accuracies of one knob so far; when all are there, `finding` says in words what was found.
 */
export interface KnobCurves {
  knob: string;
  results: Measured[];
  finding: string;
}

/**
 * Test phantoms with the knob at one end of its values: the same lesions at both ends.
 */
export interface KnobExamples {
  knob: string;
  value: number;
  benign: ExampleImage[];
  malignant: ExampleImage[];
}

/**
 * GET /api/runs/{run}/export/state, POST /api/labs (answer: `RunState`).
 *
 * `settings` are those of the start, `changes` later ones. `view` and `hidden` belong to the page: what it shows, and
 * the controls that a teacher hides.
 */
export interface Lab {
  data: StoredData;
  columns: ColumnChoice;
  settings: Settings;
  format: number;
  version: string;
  name: string;
  edits: StoredEdit[];
  changes: StoredChange[];
  step: number;
  operation: number;
  view: Record<string, string | number | boolean | null>;
  hidden: string[];
}

/**
 * POST /api/laboratory/examples: for each knob its lowest value and its highest.
 */
export interface LaboratoryExamples {
  examples: KnobExamples[];
}

/**
 * POST /api/laboratory: begin to measure; POST /api/laboratory/examples: draw some of the phantoms.
 *
 * `train` and `test` count phantoms. Under `straight` all knobs are at their defaults for the training.
 */
export interface LaboratoryRequest {
  knobs: string[];
  models: string[];
  values: number[];
  train: number;
  test: number;
  straight: boolean;
  seed: number;
}

/**
 * GET /api/laboratory: all knobs and models, the quick settings, and how the last measurement goes.
 *
 * `asked` are the settings of the last measurement, `about` says in words what its accuracies are; `done` of `total`
 * accuracies are there.
 */
export interface LaboratoryState {
  status: "canceled" | "failed" | "none" | "ready" | "running";
  knobs: string[];
  models: string[];
  quick: LaboratoryRequest;
  asked: LaboratoryRequest | null;
  about: string;
  done: number;
  total: number;
  curves: KnobCurves[];
  message: string;
}

/**
 * Weights (one row per input) and biases that a layer starts from, given by hand.
 */
export interface LayerStart {
  weights: number[][];
  biases: number[];
}

/**
 * The weights of one layer, as they are now.
 *
 * `weights` has one list per input; null for a layer of a network with over 5000 parameters, of which only the
 * strongest `links` are sent, and for layers on images, whose kernels stand in `Maps`. `size` is the mean absolute
 * weight.
 */
export interface LayerWeights {
  weights: number[][] | null;
  biases: number[];
  links: Link[];
  size: number;
}

/**
 * A category and how many rows have it.
 */
export interface Level {
  label: string;
  count: number;
}

/**
 * The limits beyond which the server refuses a request.
 */
export interface Limits {
  upload_bytes: number;
  image_bytes: number;
  columns: number;
  field_characters: number;
  editable_rows: number;
  editable_columns: number;
  neurons_per_layer: number;
  layers: number;
  frames_per_second: number;
}

/**
 * A strong weight of a layer that is too large to send whole.
 */
export interface Link {
  source: number;
  target: number;
  weight: number;
}

/**
 * The objective now: ``total = data + l1 + l2`` over the training rows; null where it is not finite or not there.
 *
 * `data` and `validation` are the reduced losses without penalties. While a run plays they may be those of the last
 * epoch's end, where they take long to compute.
 */
export interface Losses {
  data: number | null;
  l1: number | null;
  l2: number | null;
  total: number | null;
  validation: number | null;
}

/**
 * One layer: of the image (layer 0) and of maps one list of `rows` times `columns` numbers per shown channel.
 *
 * A dense layer has one list with a number per neuron. `largest` is the largest magnitude in all of the layer. Of a
 * convolution, and of the first dense layer on pixels, `kernels` holds for each channel shown one list of
 * `kernel_rows` times `kernel_columns` weights per channel that enters (at most 16); else it is null.
 */
export interface MapLayer {
  layer: number;
  kind: "convolution" | "dense" | "image" | "max pooling" | "mean pooling";
  channels: number;
  rows: number;
  columns: number;
  values: ((number | null)[])[];
  largest: number | null;
  kernels: (((number | null)[])[])[] | null;
  kernel_rows: number;
  kernel_columns: number;
  largest_kernel: number | null;
}

/**
 * A row as the network sees it. Of the image, a gray value is ``center + scale * value``, from `low` to `high`.
 *
 * `slopes` are those of the loss of this row alone; those of kernels, and all `changes`, belong to the step that comes
 * next. `answer` is the prediction of the row: shares of the classes, or the number. `step` is that at which all of it
 * holds: while a run plays, changes and slopes, which take longer than values, may be of a step before.
 */
export interface Maps {
  row: number;
  step: number;
  shown: "changes" | "slopes" | "values";
  center: number;
  scale: number;
  low: number;
  high: number;
  layers: MapLayer[];
  answer: (number | null)[];
}

/**
 * The accuracy of one model at one setting of a knob, with its 95 % interval over the test phantoms.
 */
export interface Measured {
  value: number;
  model: string;
  correct: number;
  total: number;
  accuracy: number;
  low: number;
  high: number;
}

/**
 * A model file as the page shows it.
 *
 * `columns` and `settings` begin a run that resumes from its weights; where they are null, `problem` is the reason.
 */
export interface ModelCard {
  name: string;
  network: string;
  task: "classification" | "regression" | "survival" | null;
  classes: string[];
  inputs: ModelColumn[];
  tables: ModelTable[];
  columns: ColumnChoice | null;
  settings: Settings | null;
  notes: string[];
  problem: string;
}

/**
 * A column that the model reads, or its target.
 */
export interface ModelColumn {
  name: string;
  kind: string;
  target: boolean;
}

/**
 * POST /api/models/predictions: the model file, and the data set whose rows it answers for.
 */
export interface ModelQuestion {
  model: SavedModel;
  data: string;
}

/**
 * One model of the comparison; `skipped` says why it has no scores.
 */
export interface ModelScore {
  model: string;
  settings: string;
  scores: Score[];
  fit_seconds: number | null;
  skipped: string;
}

/**
 * A data set beside a model: inputs that it lacks, and whether it has the target, without which it cannot train.
 */
export interface ModelTable {
  data: string;
  name: string;
  missing: string[];
  target: boolean;
}

/**
 * Go `count` units forward, or back to exactly the bits that were there.
 */
export interface Move {
  do: "move";
  unit: "batch" | "epoch" | "operation" | "row";
  count?: number;
}

/**
 * A patch that moves a weight: row, place, and ``signal * pixel = product``, one term of the gradient.
 */
export interface MovingPatch {
  name: string;
  row: number;
  y: number;
  x: number;
  patch: (number | null)[];
  signal: number;
  pixel: number;
  product: number;
}

/**
 * GET /api/runs/{run}/neuron?layer=1&index=0&x=..&y=..: one neuron, opened.
 *
 * The histograms share `low` to `high`; `response` is the activation over the inputs of the view. `patches` are those
 * that excite a channel of a convolution most.
 */
export interface NeuronCard {
  position: Position;
  neuron: NeuronSummary;
  low: number;
  high: number;
  histograms: ClassCounts[];
  response: ResponseCurve | ResponseMap | null;
  patches: ExcitingPatch[];
}

/**
 * One connection into a neuron; `original_weight` is per original unit of the input.
 */
export interface NeuronDriver {
  source: string;
  weight: number;
  original_weight: number;
  share: number;
}

/**
 * A neuron in words.
 */
export interface NeuronSummary {
  layer: number;
  index: number;
  activation: string;
  bias: number;
  drivers: NeuronDriver[];
  lowest: number;
  mean: number;
  highest: number;
  off_share: number;
  saturated_share: number;
  dead: boolean;
  best_rows: [string, number][];
  sentence: string;
}

/**
 * GET /api/runs/{run}/neurons: every neuron, first layer first, over at most 2000 training rows.
 */
export interface Neurons {
  position: Position;
  neurons: NeuronSummary[];
}

/**
 * POST /api/runs, and POST /api/runs/{run}/settings.
 *
 * The second continues from where the run stands when only the learning rate, the epochs, the penalties or (with the
 * readable network) the batch size differ. Otherwise it begins a new run and answers with that; the old one is kept as
 * it stands, unless it has done nothing yet. `settings` null takes the proposal for the data set and columns.
 * `hidden` are controls that the page does not show; a run that comes from another keeps them.
 */
export interface NewRun {
  data: string;
  columns?: ColumnChoice | null;
  settings?: Settings | null;
  name?: string;
  hidden?: string[];
}

/**
 * GET /api/runs/{run}/occlusion?row=17: which parts of a row's image raise its answer, and which lower it.
 *
 * `values` has one number per pixel: by how much the answer falls, on average, while a square over it is covered.
 */
export interface OcclusionView {
  position: Position;
  row: number;
  name: string;
  label: string;
  output: number;
  rows: number;
  columns: number;
  image: number[];
  low: number;
  high: number;
  values: number[];
  largest: number;
  answer: number;
  covered: number;
  square: number;
  fill: string;
  helpful: [string, number][];
  harmful: [string, number][];
}

/**
 * One way to read a file that can be read in several: what it holds then, and the query that says so.
 */
export interface OpenWay {
  parameter: "encoding" | "sheet";
  value: string;
  text: string;
}

/**
 * The step that comes next, whole; `operations` is empty when there are many, then ask for one at a time.
 */
export interface OpenedStep {
  step: TraceView;
  operations: OperationWithLines[];
}

/**
 * One operation of a step: what is computed, for which row of the batch; `names` are the numbers it makes.
 */
export interface Operation {
  index: number;
  phase: "backward" | "forward" | "gradient" | "inputs" | "loss" | "update";
  layer: number | null;
  row: number | null;
  title: string;
  names: string[];
}

/**
 * GET /api/runs/{run}/operation?index=3: the arithmetic of one operation of the current step.
 */
export interface OperationLines {
  position: Position;
  operation: Operation;
  lines: EquationLine[];
}

/**
 * An operation and its arithmetic.
 */
export interface OperationWithLines {
  operation: Operation;
  lines: EquationLine[];
}

/**
 * A number that shapes a formula. `low` and `high` are null where there is no limit.
 */
export interface ParameterChoice {
  name: string;
  default: number;
  meaning: string;
  domain: string;
  low: number | null;
  high: number | null;
  open_low: boolean;
  open_high: boolean;
}

/**
 * The scores of one part of the rows.
 *
 * `confusion` counts rows by true class (first index) and predicted class. `roc` is ``[1 - specificity,
 * sensitivity]``, for two classes. `actual` and `predicted` are numbers in the target's unit, for regression, at
 * most 2000 rows.
 */
export interface PartScore {
  part: "test" | "train" | "validation";
  n_rows: number;
  scores: Score[];
  confusion: number[][];
  roc: [number, number][];
  actual: number[];
  predicted: (number | null)[];
  rows: number[];
  names: string[];
}

/**
 * How many rows train, validate and test, and how many have no target and are there for predictions.
 */
export interface Parts {
  train: number;
  validation: number;
  test: number;
  without_target: number;
}

/**
 * The pinned row: its predicted curve, steps of `share` from each `time` on, and what pulls at its risk.
 *
 * `slope` is the slope of the summed loss of all training rows along its output: the shares, less 1 if an event is its
 * own; `all_shares` is their sum, also of those that are not listed. Both are null for a row that does not train, and
 * under a loss that looks at intervals of time, which has `intervals` in place of `shares`; its curve is `smooth`.
 */
export interface PatientCurve {
  row: number;
  name: string;
  ending: string;
  time_seen: number;
  happened: boolean;
  risk: number;
  time: number[];
  share: number[];
  median: number | null;
  shares: RiskShare[];
  n_sets: number;
  all_shares: number | null;
  slope: number | null;
  smooth: boolean;
  intervals: IntervalPart[];
}

/**
 * Stop where it is.
 */
export interface Pause {
  do: "pause";
}

/**
 * Go on, `per_second` units a second; null as fast as it goes. Row and operation walk through each step.
 */
export interface Play {
  do: "play";
  unit?: "batch" | "epoch" | "operation" | "row";
  per_second?: number | null;
}

/**
 * A row of the table in a picture.
 */
export interface Point {
  row: number;
  name: string;
  x: number | null;
  y: number | null;
  target: number;
  part: string;
}

/**
 * GET /api/runs/{run}/points?x=..&y=..: the rows behind a picture, at most 2000. `target` is a number or a code.
 */
export interface Points {
  points: Point[];
  total: number;
}

/**
 * The largest, or the mean, of each `size` by `size` square of a map.
 */
export interface PoolingLayer {
  layer: "pooling";
  take: "max" | "mean";
  size: number;
}

/**
 * Where a run stands.
 *
 * `step` counts finished steps; `operation` is the place in the step that comes next, from 0 to `operations` - 1.
 * `epoch`, `batch` say where that step lies. `furthest` is the last step that was computed under these settings.
 */
export interface Position {
  step: number;
  steps: number;
  epoch: number;
  epochs: number;
  batch: number;
  batches: number;
  operation: number;
  operations: number;
  row: number | null;
  furthest: number;
}

/**
 * Actual and predicted value of rows, at most 400: numbers, or class codes and the share of the row's own class.
 */
export interface Predictions {
  kind: "predictions";
  rows: number[];
  names: string[];
  actual: number[];
  predicted: (number | null)[];
  part: string[];
}

/**
 * Why a request was refused: a stable code of `glassnet.errors`, and what is wrong, the rule, and the repair.
 *
 * Of a file that can be read in several ways, these.
 */
export interface Problem {
  code: string;
  message: string;
  ways: OpenWay[];
}

/**
 * How the losses of the rows become one number.
 */
export interface Reduction {
  name: string;
  text: string;
}

/**
 * POST /api/data/{data}/rename: another name for an own data set.
 */
export interface Rename {
  name: string;
}

/**
 * POST /api/runs/{run}/report: begin a study report. `refits` repeat the making of the model, for optimism.
 */
export interface ReportRequest {
  refits?: number;
}

/**
 * How a study report goes; `step` is that of the network, `doing` what is computed, `word` if Word files can be.
 */
export interface ReportState {
  status: "canceled" | "failed" | "none" | "ready" | "running";
  step: number;
  doing: string;
  message: string;
  word: boolean;
}

/**
 * Back to the start, edits by hand forgotten.
 */
export interface Reset {
  do: "reset";
}

/**
 * One neuron's activation over one input: a value per place in `at`.
 */
export interface ResponseCurve {
  response: "curve";
  x: Axis;
  at: number[];
  values: (number | null)[];
  held: string;
}

/**
 * One neuron's activation over two inputs on a grid, row by row from the lowest y.
 */
export interface ResponseMap {
  response: "map";
  x: Axis;
  y: Axis;
  columns: number;
  rows: number;
  values: (number | null)[];
  held: string;
}

/**
 * The share of the patient in the risk set of one event: e^f over the sum of e^f of all who were at risk.
 *
 * `opened` is the name under which the step that comes next holds the number; empty where it does not.
 */
export interface RiskShare {
  event: string;
  time: number;
  at_risk: number;
  share: number;
  own: boolean;
  opened: string;
}

/**
 * The network's answer for a row: ``answer = base + contributions``.
 *
 * `answers` are probabilities of all classes, or one amount in the target's unit; `answer` and `base`, the mean answer
 * to the background, are those of number `output` of the `outputs`, the classes or the causes that compete, of which
 * there are none for one amount. Contributions are null, and `method` is empty, where there are too many columns.
 */
export interface RowCard {
  row: number;
  name: string;
  position: Position;
  label: string;
  output: number;
  outputs: string[];
  predicted: string;
  truth: string;
  answers: number[];
  answer: number;
  base: number;
  background: string;
  method: string;
  columns: ColumnPart[];
}

/**
 * GET /api/runs/{run}/form?row=17: the inputs of a row, as a form to begin a new one from.
 */
export interface RowForm {
  row: number;
  name: string;
  controls: CellControl[];
}

/**
 * POST /api/runs/{run}/row: a row of the table, with other values in some of its cells.
 *
 * Numbers and dates are given as numbers, levels as texts, null for a missing cell. `output` is the class that is
 * explained, null for the one that the network predicts for the row as it is in the table; or one of competing causes.
 */
export interface RowQuestion {
  row: number;
  changes?: Record<string, number | string | null>;
  output?: string | null;
}

/**
 * GET /api/data/{data}/rows?offset=0&limit=50: cells as they stand in the table, null where one is missing.
 *
 * `pictures` are those of the column `image`, where there is one.
 */
export interface Rows {
  offset: number;
  total: number;
  column_names: string[];
  row_names: string[];
  rows: ((string | null)[])[];
  image: string | null;
  pictures: ExampleImage[];
}

/**
 * One of several runs: its settings, the points of its curves by epoch, and its scores on each part.
 */
export interface RunBeside {
  id: string;
  name: string;
  about: string;
  step: number;
  settings: Settings;
  n_parameters: number;
  epoch: number[];
  data: (number | null)[];
  validation: (number | null)[];
  parts: PartScore[];
}

/**
 * POST /api/runs/{run}/rename: what a run is called; empty for the name of its table.
 */
export interface RunName {
  name: string;
}

/**
 * GET /api/runs/{run}: all about a run that does not change with every step.
 *
 * `unkept` says why the run is not kept at present, as on a full disk; empty when it is. `target_unit` is
 * there where the target is scaled. `hidden` are the controls that a teacher has hidden.
 */
export interface RunState {
  id: string;
  revision: number;
  name: string;
  created: string;
  data: DataSummary;
  columns: ColumnChoice;
  settings: Settings;
  task: "classification" | "regression" | "survival";
  classes: string[];
  feature_names: string[];
  target_names: string[];
  target_unit: TargetUnit | null;
  layer_sizes: number[];
  activations: string[];
  n_parameters: number;
  parts: Parts;
  engine: "compiled" | "reference";
  dtype: string;
  status: "arrived" | "diverged" | "failed" | "finished" | "paused" | "playing";
  speed: Speed | null;
  position: Position;
  edits: WeightEdit[];
  changes: Change[];
  stability: StabilityLimit | null;
  message: string;
  notes: string[];
  unkept: string;
  hidden: string[];
  threshold: number | null;
}

/**
 * One run of the list, `about` its network in a few words; a damaged one can only be removed.
 */
export interface RunSummary {
  id: string;
  name: string;
  created: string;
  changed: string;
  data: DataSummary;
  step: number;
  status: "arrived" | "diverged" | "failed" | "finished" | "paused" | "playing" | "damaged";
  about: string;
}

/**
 * GET /api/runs: the newest first.
 */
export interface Runs {
  runs: RunSummary[];
}

/**
 * The runs that were asked for, in that order.
 */
export interface RunsBeside {
  runs: RunBeside[];
}

/**
 * POST /api/beside: runs to be shown side by side.
 */
export interface RunsRequest {
  runs: string[];
}

/**
 * POST /api/models: the bytes of a model file, which is read and not kept.
 */
export interface SavedModel {
  name: string;
  content: string;
}

/**
 * A score with its bootstrap interval; null where there is none, as when every draw gives the same.
 */
export interface Score {
  metric: string;
  value: number | null;
  low: number | null;
  high: number | null;
}

/**
 * Go to a step (steps done; 0 is the start) and an operation in it.
 */
export interface Seek {
  do: "seek";
  step: number;
  operation?: number;
}

/**
 * GET /api/session: what the page needs to open. `opened` is the data set named on the command line.
 */
export interface Session {
  version: string;
  folder: string;
  opened: string | null;
  last_run: string | null;
  runs: RunSummary[];
}

/**
 * Give one weight or bias (``W1[0,2]``, ``b1[0]``) a value by hand, now. Later steps are computed again.
 */
export interface SetParameter {
  do: "set";
  parameter: string;
  value: number;
}

/**
 * Everything that decides a run, apart from the table.
 *
 * `batch_size` null takes all rows. `start` null draws from `initializer` with `seed`. `engine` "reference" is the
 * readable NumPy network in float64, "compiled" the engine in float32, "auto" takes the first for small work.
 * `test_share` and `validation_share` are shares of all rows with a target. `image` are the layers that look at the
 * pixels of a table with a column of images, before the `hidden` ones. With `folds` of 2 or more the rows that are not
 * for the test are divided into so many, and number `fold` of them validates, whatever the `validation_share`.
 * `intervals` is how many a loss has that looks at intervals of time; null goes by the number of events.
 * `class_weight` says how much a row of each class counts: null all alike, "balanced" inversely to how many training
 * rows the class has, or a weight for each class by its label; classes that are not named count 1.
 * `patience` is the number of epochs without a lower validation loss after which a run that plays stops; 0 is never.
 */
export interface Settings {
  hidden: HiddenLayer[];
  output_activation: string;
  loss: string;
  reduction: string;
  optimizer: string;
  schedule: string;
  learning_rate: number;
  batch_size: number | null;
  shuffle: boolean;
  epochs: number;
  l1: number;
  l2: number;
  seed: number;
  initializer: string;
  start: LayerStart[] | null;
  scale_inputs: boolean;
  scale_target: boolean;
  test_share: number;
  validation_share: number;
  folds: number;
  fold: number;
  engine: "auto" | "compiled" | "reference";
  image: (ConvolutionLayer | PoolingLayer)[];
  intervals: number | null;
  class_weight: "balanced" | Record<string, number> | null;
  patience: number;
}

/**
 * How a playing run goes on.
 */
export interface Speed {
  unit: "batch" | "epoch" | "operation" | "row";
  per_second: number | null;
}

/**
 * The largest stable learning rate of gradient descent, and what it means for this run's learning rate.
 *
 * Holds for gradient descent; null `largest_learning_rate` where there is no such number.
 */
export interface StabilityLimit {
  largest_learning_rate: number | null;
  exact: boolean;
  explanation: string;
  verdict: string;
  diverges: boolean | null;
}

/**
 * Settings that hold from a step on.
 */
export interface StoredChange {
  step: number;
  settings: Settings;
}

/**
 * The table of a lab: the id of a built-in set, or the text of a small own one.
 *
 * Both are null where the table does not go along; then `fingerprint` finds it where it is open already.
 */
export interface StoredData {
  name: string;
  built_in: string | null;
  csv: string | null;
  fingerprint: string;
}

/**
 * A weight set by hand after `step` steps.
 */
export interface StoredEdit {
  step: number;
  parameter: string;
  value: number;
}

/**
 * The content of each event of the stream; its name is the field. ``state`` comes first and after every change.
 *
 * The stream takes the view as query: ``?x=tumor size&y=temperature&row=0&resolution=40&pictures=1&maps=values``.
 */
export interface StreamEvents {
  state: RunState;
  frame: Frame;
  comparison: ComparisonState;
}

/**
 * One way to settle what a column needs.
 *
 * Further texts that mean a missing cell, how the column is read, that its rows of one cell stay in one part, or which
 * of its cells is the event; with `target` the column of times that then becomes the target.
 */
export interface Suggestion {
  text: string;
  null_strings: string[];
  kind: string | null;
  groups: string | null;
  event: string | null;
  target: string | null;
}

/**
 * GET /api/runs/{run}/surface?first=W1[0,0]&second=b1[0]: the loss over two parameters, the others as they are.
 *
 * `values` row by row from the lowest `second`; `path` is ``[first, second, loss]`` of the steps done, thinned to 500;
 * `minimum` is known for one linear neuron with squared error.
 */
export interface Surface {
  first: string;
  second: string;
  first_low: number;
  first_high: number;
  second_low: number;
  second_high: number;
  columns: number;
  rows: number;
  values: (number | null)[];
  path: ([number, number, number | null])[];
  path_steps: number[];
  minimum: [number, number, number] | null;
}

/**
 * A step curve after Kaplan-Meier, of a cause that competes after Aalen and Johansen: `share` from each `time` on.
 *
 * `low` and `high` are the ends of its interval. `at_risk` is how many are still followed at each time of
 * `SurvivalView.at`; `median` is null where less than half had the event in the end.
 */
export interface SurvivalCurve {
  name: string;
  n_rows: number;
  n_events: number;
  time: number[];
  share: number[];
  low: number[];
  high: number[];
  at_risk: number[];
  median: number | null;
}

/**
 * GET /api/runs/{run}/survival?row=0&cause=0: how rows of a part fare that the network calls of low and high risk.
 *
 * `part` is "test" where there are test rows, else "train"; `groups` are thirds of rising risk. Where several `causes`
 * compete, all is about number `cause` of them, and shares are those with it: they rise from 0 where otherwise they
 * fall from 1.
 */
export interface SurvivalView {
  position: Position;
  part: string;
  duration: string;
  event: string;
  causes: string[];
  cause: number;
  last: number;
  at: number[];
  whole: SurvivalCurve;
  groups: SurvivalCurve[];
  separated: string;
  concordance: number | null;
  patient: PatientCurve | null;
  message: string;
}

/**
 * POST /api/data/{data}/edit: cells first, then removed rows, then added ones.
 *
 * A data set never changes: the answer is a new one, so runs on the old one keep what they learned from.
 */
export interface TableEdit {
  cells?: CellEdit[];
  removed?: number[];
  added?: ((string | null)[])[];
  name?: string | null;
}

/**
 * How a scaled target reads in the table: ``center + scale * output``.
 */
export interface TargetUnit {
  center: number;
  scale: number;
}

/**
 * POST /api/runs/{run}/threshold: from which probability on a row is called the second of two classes.
 *
 * It goes with the model file; null calls the more probable class.
 */
export interface Threshold {
  value: number | null;
}

/**
 * A piece of an equation: plain text, or a number with its exact value and the name of its source.
 */
export interface Token {
  text: string;
  source: string | null;
  value: number | null;
}

/**
 * GET /api/runs/{run}/trace: the step that comes next.
 *
 * `rows` are the positions in the table of the rows of the batch that are shown. With ``?row=17`` it is the step that
 * this row alone would make.
 */
export interface TraceView {
  position: Position;
  rows: number[];
  operations: Operation[];
  trace: TracedStep;
}

/**
 * A cell on its way into the network: its text, the input's value, and the formula between them.
 */
export interface TracedInput {
  feature: string;
  raw: string;
  value: number | string;
  formula: string;
}

/**
 * One layer, counted from 1; sums `z` and activations `a` have one list per row.
 */
export interface TracedLayer {
  layer: number;
  activation: string;
  z: ((number | string)[])[];
  a: ((number | string)[])[];
}

/**
 * The predictions, one list per row, and the loss of each row.
 */
export interface TracedLoss {
  loss: string;
  prediction: ((number | string)[])[];
  row_losses: (number | string)[];
}

/**
 * The forward pass and the loss of a step's first rows; `n_rows` counts them all.
 *
 * Of a network on images, `inputs`, `X` and `forward` are empty: maps come with the frame. Everything else of a step
 * is opened by name, see `Explanation`. `precision` says how closely the numbers agree with those of the engine that
 * trains, where one does.
 */
export interface TracedStep {
  n_rows: number;
  rows_shown: number;
  row_names: string[];
  target_names: string[];
  inputs: TracedInput[][];
  X: ((number | string)[])[];
  y: ((number | string)[])[];
  forward: TracedLayer[];
  loss: TracedLoss;
  precision: string;
}

/**
 * POST /api/data/{data}/columns: how the columns are read under a choice, and a network that would suit.
 *
 * `problem` says why nothing can be learned under this choice; then there is no proposal.
 */
export interface Understanding {
  columns: Column[];
  choice: ColumnChoice;
  task: "classification" | "regression" | "survival" | null;
  task_reason: string;
  classes: string[];
  feature_names: string[];
  notes: string[];
  proposal: Settings | null;
  problem: string;
  images: ImageFacts | null;
}

/**
 * A weight that was set by hand after `step` steps.
 */
export interface WeightEdit {
  step: number;
  parameter: string;
  value: number;
}

/**
 * The values under a kernel in one channel, its weights (null in pooling), and the sum of the products.
 */
export interface WindowChannel {
  channel: number;
  patch: (number | null)[];
  kernel: (number | null)[] | null;
  sum: number | null;
}

export type ImageLayer = ConvolutionLayer | PoolingLayer;

export type Picture = Curve | DecisionMap | Predictions;

export type NumberPicture = KernelPatches | KernelWindow;

export type Control = Move | Pause | Play | Reset | Seek | SetParameter;

export type Response = ResponseCurve | ResponseMap;

export const ENDPOINTS = {
  session: { method: "GET", path: "/api/session" },
  catalog: { method: "GET", path: "/api/catalog" },
  data_sets: { method: "GET", path: "/api/data" },
  upload: { method: "POST", path: "/api/data" },
  upload_images: { method: "POST", path: "/api/images" },
  images: { method: "GET", path: "/api/images" },
  cancel_images: { method: "POST", path: "/api/images/cancel" },
  data_set: { method: "GET", path: "/api/data/{data}" },
  rows: { method: "GET", path: "/api/data/{data}/rows" },
  csv: { method: "GET", path: "/api/data/{data}/csv" },
  archive: { method: "GET", path: "/api/data/{data}/archive" },
  columns: { method: "POST", path: "/api/data/{data}/columns" },
  edit: { method: "POST", path: "/api/data/{data}/edit" },
  rename_data: { method: "POST", path: "/api/data/{data}/rename" },
  remove_data: { method: "POST", path: "/api/data/{data}/remove" },
  runs: { method: "GET", path: "/api/runs" },
  new_run: { method: "POST", path: "/api/runs" },
  open_lab: { method: "POST", path: "/api/labs" },
  open_saved_model: { method: "POST", path: "/api/models" },
  saved_model_predictions: { method: "POST", path: "/api/models/predictions" },
  laboratory: { method: "GET", path: "/api/laboratory" },
  start_laboratory: { method: "POST", path: "/api/laboratory" },
  cancel_laboratory: { method: "POST", path: "/api/laboratory/cancel" },
  laboratory_examples: { method: "POST", path: "/api/laboratory/examples" },
  laboratory_page: { method: "GET", path: "/api/laboratory/page" },
  laboratory_table: { method: "GET", path: "/api/laboratory/table" },
  run: { method: "GET", path: "/api/runs/{run}" },
  change: { method: "POST", path: "/api/runs/{run}/settings" },
  control: { method: "POST", path: "/api/runs/{run}/control" },
  rename_run: { method: "POST", path: "/api/runs/{run}/rename" },
  threshold: { method: "POST", path: "/api/runs/{run}/threshold" },
  beside: { method: "POST", path: "/api/beside" },
  make_report: { method: "POST", path: "/api/runs/{run}/report" },
  report: { method: "GET", path: "/api/runs/{run}/report" },
  cancel_report: { method: "POST", path: "/api/runs/{run}/report/cancel" },
  remove_run: { method: "POST", path: "/api/runs/{run}/remove" },
  stream: { method: "GET", path: "/api/runs/{run}/stream" },
  frame: { method: "GET", path: "/api/runs/{run}/frame" },
  trace: { method: "GET", path: "/api/runs/{run}/trace" },
  explain: { method: "GET", path: "/api/runs/{run}/explain" },
  operation: { method: "GET", path: "/api/runs/{run}/operation" },
  operations: { method: "GET", path: "/api/runs/{run}/operations" },
  neurons: { method: "GET", path: "/api/runs/{run}/neurons" },
  neuron: { method: "GET", path: "/api/runs/{run}/neuron" },
  form: { method: "GET", path: "/api/runs/{run}/form" },
  row: { method: "POST", path: "/api/runs/{run}/row" },
  occlusion: { method: "GET", path: "/api/runs/{run}/occlusion" },
  survival: { method: "GET", path: "/api/runs/{run}/survival" },
  points: { method: "GET", path: "/api/runs/{run}/points" },
  surface: { method: "GET", path: "/api/runs/{run}/surface" },
  evaluation: { method: "GET", path: "/api/runs/{run}/evaluation" },
  cell: { method: "GET", path: "/api/runs/{run}/cell" },
  decisions: { method: "GET", path: "/api/runs/{run}/decisions" },
  compare: { method: "POST", path: "/api/runs/{run}/compare" },
  comparison: { method: "GET", path: "/api/runs/{run}/comparison" },
  export_state: { method: "GET", path: "/api/runs/{run}/export/state" },
  export_model: { method: "GET", path: "/api/runs/{run}/export/model" },
  export_script: { method: "GET", path: "/api/runs/{run}/export/script" },
  export_step: { method: "GET", path: "/api/runs/{run}/export/step" },
  export_lesson: { method: "GET", path: "/api/runs/{run}/export/lesson" },
  export_report: { method: "GET", path: "/api/runs/{run}/export/report" },
  export_predictions: { method: "GET", path: "/api/runs/{run}/export/predictions" },
} as const;
