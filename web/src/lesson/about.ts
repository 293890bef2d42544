// A run in a few words.
import type { Settings } from "../contract";
import { general } from "../reference/text";

/** A network in a few words, as `glassnet.studio.run.record` has it. */
export function about({ hidden, optimizer, learning_rate, seed }: Settings): string {
  const kinds = [...new Set(hidden.map((layer) => layer.activation))].join(" ");
  const layers = hidden.map((layer) => layer.neurons).join("-");
  const network = layers ? `hidden ${layers} ${kinds}` : "no hidden layer";
  return `${network}, ${optimizer.replaceAll("_", " ")} ${general(learning_rate)}, seed ${seed}`;
}
