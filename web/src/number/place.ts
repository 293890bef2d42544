// Places: the one grammar of the names of numbers, as src/glassnet/layers/place.py has it: `W2[1,0,3,5]`, `ℓ[2]`, and
// what is asked of a number: `dL/dW1[0,2]`, `new b1[2]`, `relu'(z1[0,2])`, `m(W1[0,2])`.
const LETTERS = "keep|risk|tied|share|[xWVbmszafypwδℓ]";
const NAME = new RegExp(`^\\s*(${LETTERS})(\\d{0,5})\\s*\\[([^[\\],]{1,24}(?:,[^[\\],]{1,24}){0,5})\\]\\s*$`, "u");
const AROUND = /^(?:(dL\/d)(.+)|(new) (.+)|(\w+'?)\((.+)\))$/u;

export interface Place {
  readonly letter: string;
  /** From 1; 0 without one. */
  readonly layer: number;
  /** From 0; as text, for rules have letters: `W1[i,2]`. */
  readonly index: readonly string[];
  /** Empty for the number itself. */
  readonly role: string;
}

/** Read a name; null if it is not one. */
export function readPlace(name: string): Place | null {
  const match = NAME.exec(name);
  if (match) {
    const [, letter = "", layer, index = ""] = match;
    return { letter, layer: Number(layer), index: index.split(",").map((part) => part.trim()), role: "" };
  }
  const around = AROUND.exec(name);
  const inside = around && readPlace(around[2] ?? around[4] ?? around[6] ?? "");
  return inside?.role === "" ? { ...inside, role: around?.[1] ?? around?.[3] ?? around?.[5] ?? "" } : null;
}

/** Names inside a formula: letter, layer and index. Beside those of numbers, of an optimizer's states and heads' losses. */
export const NAMES_IN_TEXT = `(${LETTERS}|[vhL])(\\d*)\\[([^\\]]*)\\]`;

/** Whether a place is of a weight or bias, or of the slope of the loss along one. */
export const isParameter = (place: Place | null): place is Place =>
  place !== null && ["W", "b"].includes(place.letter) && (place.role === "" || place.role === "dL/d");

/** The indices as numbers; null where one is a letter. */
export const numbersOf = ({ index }: Place): number[] | null =>
  index.every((part) => /^\d+$/.test(part)) ? index.map(Number) : null;
