// How wide an input has to be for its name.
const FONT = '12px "Inter Variable", sans-serif';
/** Padding and border of the box on both sides, and what names are wider before the face has come. */
const AROUND = 22;
const context = document.createElement("canvas").getContext("2d");
const known = new Map<string, number>();

export function nameWidth(name: string): number {
  let width = known.get(name);
  if (width === undefined) {
    if (context) context.font = FONT;
    known.set(name, (width = AROUND + (context?.measureText(name).width ?? 6 * name.length)));
  }
  return width;
}
