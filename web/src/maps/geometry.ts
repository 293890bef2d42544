// Layers on images as the drawing needs them: what each is called, and which pixels of the map before a window sees.
import type { ImageLayer, MapLayer } from "../contract";

export interface Box {
  readonly top: number;
  readonly left: number;
  readonly rows: number;
  readonly columns: number;
}

/** A layer in a few words. */
export function layerTitle(layer: ImageLayer): string {
  if (layer.layer === "pooling") return `${layer.take} ${layer.size}×${layer.size}`;
  return `conv ${layer.size}×${layer.size}`;
}

/** The pixels that the window of a map's pixel sees in the map before it; it may begin outside. */
export function windowOf(layer: ImageLayer, before: MapLayer, y: number, x: number): Box {
  const size = layer.size;
  if (layer.layer === "pooling") return { top: y * size, left: x * size, rows: size, columns: size };
  const stride = layer.stride ?? 1;
  const outside = (length: number): number =>
    layer.padding === "valid"
      ? 0
      : Math.floor(Math.max(0, (Math.ceil(length / stride) - 1) * stride + size - length) / 2);
  return {
    top: y * stride - outside(before.rows),
    left: x * stride - outside(before.columns),
    rows: size,
    columns: size,
  };
}
