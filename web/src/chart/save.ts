// A chart as a file: its SVG with the page's styles written into it, or painted as PNG.
const STYLES = [
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-width",
  "stroke-opacity",
  "stroke-dasharray",
  "stroke-linecap",
  "stroke-linejoin",
  "opacity",
  "font-family",
  "font-size",
  "font-weight",
  "text-anchor",
  "paint-order",
] as const;
const SVG = "http://www.w3.org/2000/svg";
/** Pixels of a PNG for each pixel of the screen. */
const SHARPNESS = 3;

function copied(source: Element): Element {
  const copy = source.cloneNode(true) as Element;
  const [from, to] = [
    [source, ...source.querySelectorAll("*")],
    [copy, ...copy.querySelectorAll("*")],
  ];
  from.forEach((element, k) => {
    const style = getComputedStyle(element);
    const target = to[k];
    if (!(target instanceof Element)) return;
    for (const name of STYLES) target.setAttribute(name, style.getPropertyValue(name));
    target.removeAttribute("class");
    target.removeAttribute("role");
  });
  return copy;
}

/** The layers of a plot, one over the other, as one picture with a ground of its own. */
export function pictureOf(plot: Element): { text: string; width: number; height: number } {
  const layers = [...plot.children].filter((child) => child instanceof SVGSVGElement);
  const { width, height } = plot.getBoundingClientRect();
  const whole = document.createElementNS(SVG, "svg");
  whole.setAttribute("xmlns", SVG);
  whole.setAttribute("width", String(width));
  whole.setAttribute("height", String(height));
  whole.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const ground = document.createElementNS(SVG, "rect");
  ground.setAttribute("width", "100%");
  ground.setAttribute("height", "100%");
  ground.setAttribute("fill", getComputedStyle(document.documentElement).getPropertyValue("--surface").trim());
  whole.append(ground, ...layers.map(copied));
  return { text: new XMLSerializer().serializeToString(whole), width, height };
}

function download(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

const fileName = (title: string): string => title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-") || "chart";

export async function save(plot: Element, title: string, form: "svg" | "png"): Promise<void> {
  const { text, width, height } = pictureOf(plot);
  const vector = new Blob([text], { type: "image/svg+xml" });
  if (form === "svg") {
    download(vector, `${fileName(title)}.svg`);
    return;
  }
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(SHARPNESS * width);
  canvas.height = Math.round(SHARPNESS * height);
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  const painted = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  if (painted) download(painted, `${fileName(title)}.png`);
}

/** A table as CSV: texts in quotes, so that no spreadsheet takes one for a formula that begins a cell. */
export function csvOf(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cell = (value: string | number): string =>
    typeof value === "number"
      ? String(value)
      : `"${(/^[=+\-@]/.test(value) && Number.isNaN(Number(value)) ? `'${value}` : value).replaceAll('"', '""')}"`;
  return [head, ...rows].map((row) => row.map(cell).join(",")).join("\n");
}
