// A drawing as a file: SVG with its styles and faces inside, or painted as PNG.
import { facesOf } from "./faces";
import { pictureOf } from "./picture";

/** Pixels of a PNG for each pixel of the screen, and the most on one side, which browsers can paint. */
const SHARPNESS = 3;
const MOST_PIXELS = 12000;

export type Form = "svg" | "png";

export function download(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

const fileName = (title: string): string =>
  title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "") || "drawing";

export async function save(parts: readonly Element[], title: string, form: Form): Promise<void> {
  const { root, width, height } = pictureOf(parts);
  const families = new Set(
    [...root.querySelectorAll("text, tspan")].flatMap((text) =>
      (text.getAttribute("font-family") ?? "").split(",").map((name) => name.trim().replaceAll(/["']/g, "")),
    ),
  );
  const faces = await facesOf(root.textContent ?? "", families);
  const sheet = document.createElementNS("http://www.w3.org/2000/svg", "style");
  sheet.textContent = `text{font-variant-numeric:tabular-nums lining-nums}\n${faces}`;
  root.prepend(sheet);
  const text = new XMLSerializer().serializeToString(root);
  if (form === "svg") {
    download(new Blob([text], { type: "image/svg+xml" }), `${fileName(title)}.svg`);
    return;
  }
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const sharp = Math.min(SHARPNESS, MOST_PIXELS / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(sharp * width);
  canvas.height = Math.round(sharp * height);
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  const painted = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  if (painted) download(painted, `${fileName(title)}.png`);
}
