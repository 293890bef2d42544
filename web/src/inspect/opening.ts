// A number, opened: what the server answers, without the place in the run.
import type { Explanation } from "../contract";

export type Opening = Omit<Explanation, "position" | "picture">;
