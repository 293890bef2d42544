// A run in a few words.
import type { RunSummary, Settings } from "../../contract";
import { general } from "../../reference/text";
import type { LessonData } from "../document";
import type { Run } from "./run";

interface Listed {
  readonly id: string;
  readonly name: string;
  readonly created: string;
  readonly data: LessonData;
  readonly run: Run;
}

/** A run as the list of runs has it. */
export const summaryOf = ({ id, name, created, data, run }: Listed): RunSummary => ({
  id,
  name,
  created,
  changed: created,
  data: data.data.summary,
  step: run.step,
  status: run.status,
  about: about(run.stage.settings),
});

/** A network in a few words, as `glassnet.studio.run.record` has it. */
function about({ hidden, optimizer, learning_rate, seed }: Settings): string {
  const kinds = [...new Set(hidden.map((layer) => layer.activation))].join(" ");
  const layers = hidden.map((layer) => layer.neurons).join("-");
  const network = layers ? `hidden ${layers} ${kinds}` : "no hidden layer";
  return `${network}, ${optimizer.replaceAll("_", " ")} ${general(learning_rate)}, seed ${seed}`;
}
