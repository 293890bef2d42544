// How a run is walked through; this browser remembers it of the run that was walked last.
import { keep, kept } from "./kept";

export type Unit = "operation" | "row" | "batch" | "epoch";

const KEY = "glassnet-pace";
/** How a run is walked through: by what, and how many of it a second; null as fast as it goes. */
export interface Pace {
  readonly unit: Unit;
  readonly speed: number | null;
}

/** The pace that this browser remembers of a run. */
export function paceOf(run: string): Pace | null {
  try {
    const found = JSON.parse(kept(KEY) ?? "null") as (Pace & { run: string }) | null;
    return found?.run === run ? { unit: found.unit, speed: found.speed } : null;
  } catch {
    return null;
  }
}

export function keepPace(run: string, { unit, speed }: Pace): void {
  keep(KEY, JSON.stringify({ run, unit, speed }));
}
