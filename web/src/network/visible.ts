// Which units of a large network are drawn: the ones with the strongest links, those that are opened, those that were searched for.
import type { LayerWeights } from "../contract";

export interface Column {
  /** Index in the network's order: 0 are the inputs. */
  readonly layer: number;
  readonly units: readonly number[];
  readonly size: number;
}

export const FEW = 9;
const FEW_OUTPUTS = 12;
/** How much stronger than a unit that is drawn another one must be to take its place: near equals do not take turns. */
const STAYS = 1.25;

/** How strongly each unit is tied to the rest: the sum of the absolute weights into and out of it. */
export function strengths(sizes: readonly number[], layers: readonly LayerWeights[]): number[][] {
  const found = sizes.map((size) => new Array<number>(size).fill(0));
  layers.forEach((layer, k) => {
    const [from, to] = [found[k] ?? [], found[k + 1] ?? []];
    const add = (i: number, j: number, weight: number): void => {
      from[i] = (from[i] ?? 0) + Math.abs(weight);
      to[j] = (to[j] ?? 0) + Math.abs(weight);
    };
    if (layer.weights) layer.weights.forEach((row, i) => row.forEach((weight, j) => add(i, j, weight)));
    else layer.links.forEach((link) => add(link.source, link.target, link.weight));
  });
  return found;
}

/** What is drawn of each column; the very same as before where nothing changes. */
export function columns(
  sizes: readonly number[],
  layers: readonly LayerWeights[],
  wanted: ReadonlySet<string>,
  all: boolean,
  before: readonly Column[] = [],
): readonly Column[] {
  const found = chosen(sizes, layers, wanted, all, before);
  const same = (column: Column, k: number): boolean =>
    column.size === before[k]?.size && String(column.units) === String(before[k].units);
  return found.length === before.length && found.every(same) ? before : found;
}

function chosen(
  sizes: readonly number[],
  layers: readonly LayerWeights[],
  wanted: ReadonlySet<string>,
  all: boolean,
  before: readonly Column[],
): Column[] {
  const strong = all || sizes.every((size) => size <= FEW) ? null : strengths(sizes, layers);
  return sizes.map((size, layer) => {
    const every = Array.from({ length: size }, (_, unit) => unit);
    const last = layer === sizes.length - 1; // each class says something of its own
    if (!strong || size <= FEW || (last && size <= FEW_OUTPUTS)) return { layer, units: every, size };
    const kept = new Set(every.filter((unit) => wanted.has(unitKey(layer, unit))));
    const drawn = new Set(before[layer]?.size === size ? before[layer].units : []);
    const strength = (unit: number): number => (strong[layer]?.[unit] ?? 0) * (drawn.has(unit) ? STAYS : 1);
    const ranked = [...every].sort((a, b) => strength(b) - strength(a));
    for (const unit of ranked) {
      if (kept.size >= Math.max(FEW - 1, wanted.size ? kept.size : 0)) break;
      kept.add(unit);
    }
    return { layer, units: every.filter((unit) => kept.has(unit)), size };
  });
}

export const unitKey = (layer: number, unit: number): string => `${layer}:${unit}`;

export interface DrawnLink {
  readonly source: number;
  readonly target: number;
  readonly weight: number;
}

/** The links of one layer between drawn units. */
export function links(layer: LayerWeights, from: Column, to: Column): DrawnLink[] {
  const found: DrawnLink[] = [];
  if (layer.weights) {
    for (const source of from.units) {
      for (const target of to.units) found.push({ source, target, weight: layer.weights[source]?.[target] ?? 0 });
    }
  } else {
    const [sources, targets] = [new Set(from.units), new Set(to.units)];
    found.push(...layer.links.filter((link) => sources.has(link.source) && targets.has(link.target)));
  }
  return found;
}
