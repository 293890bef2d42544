// The chapters of the lecture: what each sets up, what is to be done there, and what one has seen then.
import type { ColumnChoice, RunState, Settings } from "../contract";
import { readPlace } from "../number/place";
import type { Subject } from "../state/opened.svelte";

type Status = RunState["status"];

/** The lab, as far as tasks ask for it. */
export interface Moment {
  readonly steps: number;
  readonly loss: number;
  /** The loss at the start. */
  readonly first: number;
  readonly rate: number;
  readonly status: Status;
  readonly subject: Subject;
}

export interface Task {
  readonly text: string;
  readonly done: (now: Moment) => boolean;
}

export interface Chapter {
  readonly title: string;
  readonly text: string;
  readonly data: string;
  readonly kinds?: Record<string, string>;
  /** The column that says whether the time ended with the event. */
  readonly event?: string;
  readonly settings: Partial<Settings>;
  readonly tasks: readonly Task[];
  readonly insight: string;
}

/** The columns of a chapter's table. */
export const columnsOf = ({ kinds, event }: Chapter): ColumnChoice => ({
  target: "survival",
  task: event ? "survival" : "regression",
  kinds: kinds ?? {},
  null_strings: [],
  groups: null,
  event: event ?? null,
  image_side: null,
  fitted: null,
});

const opens = (subject: Subject, name: string): boolean =>
  subject.kind === "number" && (subject.name === name || subject.name === `dL/d${name}`);
const rests = (status: Status): boolean => status === "arrived" || status === "finished";

const ONE_INPUT = { temperature: "left_out" };
export const CHAPTERS: readonly Chapter[] = [
  {
    title: "One neuron",
    data: "lecture",
    kinds: ONE_INPUT,
    settings: {},
    text: "A weight, a bias, three patients. Step, and read how the loss tells both numbers where to go; then play to the minimum.",
    tasks: [
      { text: "Take one step", done: ({ steps }) => steps >= 1 },
      { text: "Open the weight", done: ({ subject }) => opens(subject, "W1[0,0]") },
      { text: "Bring the loss below 0.04", done: ({ loss }) => loss < 0.04 },
    ],
    insight:
      "Each number moved against its own slope, and both slopes died together: at the minimum no weight has a reason to move.",
  },
  {
    title: "A step too long",
    data: "lecture",
    kinds: ONE_INPUT,
    settings: { reduction: "sum" },
    text: "Without the half the slopes are twice as steep. The same learning rate now leaps over the valley, further each time.",
    tasks: [
      { text: "Step until the loss grows", done: ({ steps, loss, first }) => steps >= 1 && loss > first },
      { text: "Make it diverge", done: ({ status, loss, first }) => status === "diverged" || loss > 1e4 * first },
      {
        text: "Tame it: a smaller learning rate",
        done: ({ steps, loss, first, rate }) => rate < 0.0611 && steps >= 1 && loss < first,
      },
    ],
    insight:
      "A step is too long once it lands higher on the other side. The steepest direction decides for all: 2 over its curvature is the limit.",
  },
  {
    title: "A second input",
    data: "lecture",
    kinds: {},
    settings: { scale_inputs: true, learning_rate: 0.05 },
    text: "The temperature joins: one more weight, and the line becomes a plane. Scaling brings both inputs to one size.",
    tasks: [
      { text: "Open the weight of the temperature", done: ({ subject }) => opens(subject, "W1[1,0]") },
      { text: "Play until the loss stands still", done: ({ status }) => rests(status) },
    ],
    insight:
      "The rule did not change: one more input is one more product in the sum, and one more line in the chain rule.",
  },
  {
    title: "Two more patients",
    data: "five_patients",
    kinds: {},
    settings: { scale_inputs: true, learning_rate: 0.02 },
    text: "They came cold, and dead. One straight neuron cannot say that both the large tumor and the cold are bad news.",
    tasks: [
      { text: "Play until the loss stands still", done: ({ status }) => rests(status) },
      { text: "Ask why of a patient", done: ({ subject }) => subject.kind === "row" },
    ],
    insight: "One neuron adds; it cannot say “if”. What stays of the loss is what no plane can say.",
  },
  {
    title: "Neurons that bend",
    data: "five_patients",
    kinds: {},
    settings: { hidden: [{ neurons: 2, activation: "relu" }], scale_inputs: true, learning_rate: 0.02, seed: 4 },
    text: "Two neurons that are silent below zero. Open each one: which patients does it catch?",
    tasks: [
      { text: "Open the first neuron", done: ({ subject }) => subject.kind === "neuron" && subject.index === 0 },
      { text: "Open the second", done: ({ subject }) => subject.kind === "neuron" && subject.index === 1 },
      { text: "Play until the loss stands still", done: ({ status }) => rests(status) },
    ],
    insight: "A neuron that is silent for some patients may say “if”: each part of the plane has a slope of its own.",
  },
  {
    title: "Weights to zero",
    data: "five_patients",
    kinds: {},
    settings: {
      hidden: [{ neurons: 3, activation: "relu" }],
      scale_inputs: true,
      learning_rate: 0.02,
      l1: 0.2,
      seed: 4,
    },
    text: "L1 pulls every weight towards zero. It has its own curve and its own term next to the loss; weights that earn too little vanish.",
    tasks: [
      {
        text: "Open a weight: its penalty",
        done: ({ subject }) => subject.kind === "number" && subject.name.startsWith("W"),
      },
      { text: "Play until the loss stands still", done: ({ status }) => rests(status) },
    ],
    insight:
      "L1 asks the same price of every weight, however small; those that earn less go to zero. Each step takes 0.02 · 0.2 = 0.004 off, so that near, and no nearer, they swing around it.",
  },
  {
    title: "The third patient still alive",
    data: "still_alive",
    event: "died",
    settings: {},
    text: "The third patient was alive when last seen, after 4 years. Nobody knows the day, so another question is asked: when somebody dies, who of those at risk was it? Pin each patient in turn and read its shares.",
    tasks: [
      {
        text: "Open a share of the third patient",
        done: ({ subject }) =>
          subject.kind === "number" && readPlace(subject.name)?.letter === "share" && subject.name.endsWith(",2]"),
      },
      { text: "Open the weight: its slope is made of shares", done: ({ subject }) => opens(subject, "W1[0,0]") },
      { text: "Take five steps and watch the curves part", done: ({ steps }) => steps >= 5 },
    ],
    insight:
      "Who is alive has no term of the loss and no 1 in the slope: shares alone, which push the risk down for as long as one is followed.",
  },
];
