// Where the pictures of a network on images stand: columns of panels side by side, and the links between them.
import type { Maps } from "../contract";

/** Room above the columns. */
export const HEAD = 84;
export const IMAGE_SIDE = 72;
export const OUTPUT_WIDTH = 110;
export const MOST_OUTPUTS = 12;
/** Side of a neuron in a strip. */
export const CELL = 13;
const PER_COLUMN = 8;
const GAP = 4;
const HEAD_WIDTH = { image: 78, convolution: 90, "max pooling": 62, "mean pooling": 62, dense: 88 } as const;
const LEAST_GAP = 4;
/** From this width on each map has its strongest kernel beside it; before, only those that see the image itself. */
const WIDE = 720;
const MOST_CELLS = 64;
const STRIP = 16;
const LEAST_HEIGHT = 330;

export interface Panel {
  readonly layer: number;
  readonly channel: number;
  readonly x: number;
  readonly y: number;
}

export interface Placing {
  readonly width: number;
  readonly tall: number;
  /** Side of a map, and of a kernel beside it. */
  readonly side: number;
  readonly kernelSide: number;
  readonly columns: readonly { body: number; kernels: number; center: number; left: number }[];
  readonly panels: readonly (readonly Panel[])[];
  /** From the last maps all numbers go into all neurons: areas between columns. */
  readonly fans: readonly string[];
}

export interface Lit {
  readonly layer: number;
  readonly channel: number;
}

export function placing(maps: Maps, width: number, height: number): Placing {
  const last = maps.layers.length - 1;
  const room = Math.floor((Math.max(height, LEAST_HEIGHT) - HEAD - 20) / PER_COLUMN) - GAP;
  const side = Math.max(26, Math.min(46, room));
  const kernelSide = Math.round(side * 0.62);
  const sizes = maps.layers.map((layer, k) => {
    const across = Math.ceil(layer.values.length / PER_COLUMN);
    const kernels = layer.kernels && layer.kind === "convolution" && (k === 1 || width >= WIDE) ? kernelSide + 6 : 0;
    const body =
      layer.kind === "image"
        ? IMAGE_SIDE
        : k === last
          ? OUTPUT_WIDTH
          : layer.kind === "dense"
            ? Math.ceil(Math.min(layer.rows, MOST_CELLS) / STRIP) * CELL
            : across * (side + kernels + GAP);
    return { body, kernels, head: k === last ? OUTPUT_WIDTH : HEAD_WIDTH[layer.kind] };
  });
  const taken = sizes.reduce((sum, one) => sum + Math.max(one.body, one.head), 0);
  const gap = Math.max(LEAST_GAP, (width - 8 - taken) / Math.max(1, sizes.length - 1));
  const tall = PER_COLUMN * (side + GAP);
  let x = 4;
  const columns = sizes.map((one) => {
    const wide = Math.max(one.body, one.head);
    const column = { ...one, center: x + wide / 2, left: x + (wide - one.body) / 2 };
    x += wide + gap;
    return column;
  });
  const panels = maps.layers.map((layer, k): Panel[] => {
    const column = columns[k];
    if (!column || layer.kind === "dense") return [];
    const [top] = extent(maps, k, tall, side);
    if (layer.kind === "image") {
      return layer.values.map((_, channel) => ({
        layer: 0,
        channel,
        x: column.left,
        y: top + channel * (IMAGE_SIDE + GAP),
      }));
    }
    return layer.values.map((_, channel) => ({
      layer: k,
      channel,
      x: column.left + Math.floor(channel / PER_COLUMN) * (side + column.kernels + GAP) + column.kernels,
      y: top + (channel % PER_COLUMN) * (side + GAP),
    }));
  });
  const fans = maps.layers.flatMap((layer, k) => {
    const [from, to] = [columns[k - 1], columns[k]];
    if (k === 0 || layer.kind !== "dense" || !from || !to) return [];
    const before = maps.layers[k - 1]?.kind;
    const begin =
      (before === "image" ? from.left + IMAGE_SIDE : from.left + from.body - (before === "dense" ? 0 : GAP)) + 2;
    const [[top, bottom], [first, end]] = [extent(maps, k - 1, tall, side), extent(maps, k, tall, side)];
    return [`M${begin} ${top}L${to.left - 3} ${first}V${end}L${begin} ${bottom}Z`];
  });
  return { width: Math.max(width, x - gap + 4), tall, side, kernelSide, columns, panels, fans };
}

/** From where to where a column reaches. */
export function extent(maps: Maps, k: number, tall: number, side: number): [number, number] {
  const layer = maps.layers[k];
  if (!layer) return [tall / 2, tall / 2];
  const own =
    k === maps.layers.length - 1
      ? Math.min(layer.rows, MOST_OUTPUTS) * 24
      : layer.kind === "dense"
        ? Math.min(STRIP, layer.rows) * CELL
        : layer.kind === "image"
          ? layer.values.length * (IMAGE_SIDE + GAP)
          : Math.min(PER_COLUMN, layer.values.length) * (side + GAP);
  return [tall / 2 - own / 2, tall / 2 + own / 2];
}

/** A dense layer as a picture of 16 rows: neuron k stands in row k % 16. */
export function strip(maps: Maps, layer: number): { values: (number | null)[]; rows: number; columns: number } {
  const held = maps.layers[layer]?.values[0] ?? [];
  const count = Math.min(held.length, MOST_CELLS);
  const rows = Math.max(1, Math.min(STRIP, count));
  const columns = Math.ceil(count / rows);
  const values = Array.from({ length: rows * columns }, (_, k) => held[unitAt(k, rows, columns)] ?? null);
  return { values, rows, columns };
}

/** The neuron at a place of a strip. */
export const unitAt = (place: number, rows: number, columns: number): number =>
  (place % columns) * rows + Math.floor(place / columns);
