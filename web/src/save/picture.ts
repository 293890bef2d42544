// What the page draws as one SVG: boxes and texts of HTML, SVG and painted pixels, each where it stands on the screen.
const SVG = "http://www.w3.org/2000/svg";
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
  "font-style",
  "text-anchor",
  "paint-order",
] as const;
const SIDES = ["top", "right", "bottom", "left"] as const;
/** What is no part of a picture: controls, and what is only heard. */
const LEFT_OUT = "[data-unsaved], .only-heard, dialog";

export interface Drawn {
  readonly root: SVGElement;
  readonly width: number;
  readonly height: number;
}

type Attributes = Readonly<Record<string, string | number>>;

function make(name: string, attributes: Attributes, ...inside: Node[]): SVGElement {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes))
    element.setAttribute(key, typeof value === "number" ? String(Math.round(100 * value) / 100) : value);
  element.append(...inside);
  return element;
}

/** Parts of the page below each other, on the ground of a panel. */
export function pictureOf(parts: readonly Element[], margin = 8): Drawn {
  const inside: Node[] = [];
  let [left, right, height] = [0, 0, margin];
  for (const part of parts) {
    const area = part.getBoundingClientRect();
    const painter = new Painter(area.left, area.top - height);
    inside.push(painter.element(part));
    [left, right] = [Math.min(left, painter.from), Math.max(right, area.width, painter.to)];
    height += area.height + margin;
  }
  const [x, width] = [Math.floor(left - margin), Math.ceil(right - left + 2 * margin)];
  const ground = getComputedStyle(document.documentElement).getPropertyValue("--surface").trim();
  const root = make(
    "svg",
    { xmlns: SVG, width, height, viewBox: `${x} 0 ${width} ${Math.ceil(height)}` },
    make("rect", { x, width: "100%", height: "100%", fill: ground }),
    ...inside,
  );
  return { root, width, height };
}

/** Draws elements at their places, seen from one corner of the screen. */
class Painter {
  /** How far to the left and right something was drawn. */
  from = 0;
  to = 0;
  readonly #metrics = document.createElement("canvas").getContext("2d");

  constructor(
    readonly left: number,
    readonly top: number,
  ) {}

  element(element: Element): SVGElement {
    const style = getComputedStyle(element);
    const area = element.getBoundingClientRect();
    const group = make("g", Number(style.opacity) < 1 ? { opacity: style.opacity } : {});
    if (style.display === "none" || element.matches(LEFT_OUT)) return group;
    // What is one pixel wide and cut off is there for screen readers.
    if (style.overflow === "hidden" && area.width <= 1) return group;
    const shown = style.visibility === "visible" && area.width > 0 && area.height > 0;
    if (element instanceof SVGSVGElement) {
      if (shown) group.append(this.#vector(element, area));
      return group;
    }
    if (shown) {
      group.append(...this.#box(style, area, scaleOf(element)));
      if (element instanceof HTMLCanvasElement) group.append(this.#pixels(element, area));
      const typed =
        element instanceof HTMLSelectElement
          ? (element.selectedOptions[0]?.text ?? "")
          : element instanceof HTMLInputElement && element.type === "text"
            ? element.value || element.placeholder
            : "";
      if (typed) group.append(...this.#typed(typed, style, area, scaleOf(element)));
    }
    if (element instanceof HTMLSelectElement || element instanceof HTMLInputElement) return group;
    for (const child of element.childNodes) {
      if (child instanceof Element) group.append(this.element(child));
      else if (child instanceof Text && shown) group.append(...this.#text(child, style));
    }
    return group;
  }

  #vector(source: SVGSVGElement, area: DOMRect): SVGElement {
    const copy = source.cloneNode(true) as SVGSVGElement;
    const [from, to] = [source.querySelectorAll("*"), copy.querySelectorAll("*")];
    from.forEach((element, k) => {
      const [style, target] = [getComputedStyle(element), to[k]];
      const around = element.parentElement === null ? null : getComputedStyle(element.parentElement);
      // What comes from the element around it need not be said again: thousands of links are then small.
      for (const name of STYLES) {
        const value = style.getPropertyValue(name);
        if (
          name === "opacity" ? value !== "1" : element.parentNode === source || value !== around?.getPropertyValue(name)
        )
          target?.setAttribute(name, value);
        else target?.removeAttribute(name);
      }
      for (const name of ["class", "role", "style", "tabindex"]) target?.removeAttribute(name);
    });
    for (const unseen of copy.querySelectorAll(LEFT_OUT)) unseen.remove();
    const box = source.viewBox.baseVal;
    const [width, height] =
      box !== null && box.width > 0
        ? [box.width, box.height]
        : [source.width.baseVal.value, source.height.baseVal.value];
    this.#reach(area);
    return make(
      "svg",
      {
        x: area.left - this.left,
        y: area.top - this.top,
        width: area.width,
        height: area.height,
        viewBox: `0 0 ${width} ${height}`,
        overflow: getComputedStyle(source).overflow,
      },
      ...copy.childNodes,
    );
  }

  #pixels(canvas: HTMLCanvasElement, area: DOMRect): SVGElement {
    return make("image", {
      x: area.left - this.left,
      y: area.top - this.top,
      width: area.width,
      height: area.height,
      href: canvas.toDataURL(),
      preserveAspectRatio: "none",
      ...(canvas.width < area.width ? { "image-rendering": "pixelated" } : {}),
    });
  }

  /** Ground and border; a gradient from left to right is one of the scales of colors. */
  #box(style: CSSStyleDeclaration, area: DOMRect, scale: number): SVGElement[] {
    const [x, y, out] = [area.left - this.left, area.top - this.top, [] as SVGElement[]];
    const width = (side: string): number => scale * parseFloat(style.getPropertyValue(`border-${side}-width`));
    const seen = (side: string): boolean =>
      width(side) > 0 && !clear(style.getPropertyValue(`border-${side}-color`)) && line(side) !== "none";
    const line = (side: string): string => style.getPropertyValue(`border-${side}-style`);
    const whole = SIDES.every((side) => seen(side) && width(side) === width("top"));
    const half = whole ? width("top") / 2 : 0;
    const colors = style.backgroundImage.match(/rgba?\([^)]*\)|color\([^)]*\)/g) ?? [];
    const ramp = style.backgroundImage.startsWith("linear-gradient(90deg") ? colors : [];
    // Stripes are drawn in their first color.
    const ground = clear(style.backgroundColor) ? (colors[0] ?? "none") : style.backgroundColor;
    const id = `ramp-${Math.round(x)}-${Math.round(y)}`;
    if (ramp.length > 1)
      out.push(
        make(
          "linearGradient",
          { id },
          ...ramp.map((color, k) => make("stop", { offset: k / (ramp.length - 1), "stop-color": color })),
        ),
      );
    if (whole || ramp.length > 1 || ground !== "none") {
      this.#reach(area);
      out.push(
        make("rect", {
          x: x + half,
          y: y + half,
          width: Math.max(0, area.width - 2 * half),
          height: Math.max(0, area.height - 2 * half),
          rx: Math.max(0, Math.min(scale * (parseFloat(style.borderTopLeftRadius) || 0), area.height / 2) - half),
          fill: ramp.length > 1 ? `url(#${id})` : ground,
          ...(whole ? stroke(style.borderTopColor, width("top"), line("top")) : {}),
        }),
      );
    }
    if (style.outlineStyle === "solid" && !clear(style.outlineColor)) {
      const [thick, off] = [scale * parseFloat(style.outlineWidth), scale * parseFloat(style.outlineOffset)];
      const around = off + thick / 2;
      out.push(
        make("rect", {
          x: x - around,
          y: y - around,
          width: area.width + 2 * around,
          height: area.height + 2 * around,
          fill: "none",
          ...stroke(style.outlineColor, thick, "solid"),
        }),
      );
    }
    for (const side of whole ? [] : SIDES.filter(seen)) {
      const [right, bottom] = [x + area.width, y + area.height];
      const [x1, y1, x2, y2] =
        side === "top"
          ? [x, y, right, y]
          : side === "bottom"
            ? [x, bottom, right, bottom]
            : side === "left"
              ? [x, y, x, bottom]
              : [right, y, right, bottom];
      out.push(
        make("line", {
          x1,
          y1,
          x2,
          y2,
          ...stroke(style.getPropertyValue(`border-${side}-color`), width(side), line(side)),
        }),
      );
    }
    return out;
  }

  /** A text as it is broken into lines; what is cut off on the screen is cut off here. */
  #text(node: Text, style: CSSStyleDeclaration): SVGElement[] {
    const range = document.createRange();
    const lines: { text: string; area: DOMRect }[] = [];
    for (const word of node.data.matchAll(/\S+\s*/g)) {
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].trimEnd().length);
      const area = range.getClientRects()[0];
      const last = lines.at(-1);
      if (!area || area.width === 0) continue;
      if (last && Math.abs(last.area.top - area.top) < area.height / 2) {
        last.text += word[0];
        last.area = new DOMRect(last.area.left, last.area.top, area.right - last.area.left, last.area.height);
      } else lines.push({ text: word[0], area });
    }
    const scale = node.parentElement ? scaleOf(node.parentElement) : 1;
    return lines.map(({ text, area }) => {
      const cut = fitting(text.trimEnd(), node, area);
      const seen = cut === text.trimEnd() ? area : new DOMRect(area.left, area.top, 0, area.height);
      return this.#line(cut, style, seen, scale);
    });
  }

  #reach(area: DOMRect): void {
    this.from = Math.min(this.from, area.left - this.left);
    this.to = Math.max(this.to, area.right - this.left);
  }

  #line(text: string, style: CSSStyleDeclaration, area: DOMRect, scale: number): SVGElement {
    const size = scale * parseFloat(style.fontSize);
    this.#reach(area);
    let [ascent, descent] = [0.93 * size, 0.25 * size];
    if (this.#metrics) {
      this.#metrics.font = `${style.fontStyle} ${style.fontWeight} ${size}px ${style.fontFamily}`;
      ({ fontBoundingBoxAscent: ascent, fontBoundingBoxDescent: descent } = this.#metrics.measureText(text));
    }
    return make(
      "text",
      {
        x: area.left - this.left,
        y: area.top - this.top + (area.height - ascent - descent) / 2 + ascent,
        fill: style.color,
        "font-family": style.fontFamily,
        "font-size": size,
        "font-weight": style.fontWeight,
        ...(style.fontStyle === "normal" ? {} : { "font-style": style.fontStyle }),
        "xml:space": "preserve",
      },
      document.createTextNode(text),
    );
  }

  /** What stands in a field, in its middle. */
  #typed(text: string, style: CSSStyleDeclaration, area: DOMRect, scale: number): SVGElement[] {
    const line = this.#line(text, style, area, scale);
    line.setAttribute("x", String(area.left - this.left + area.width / 2));
    line.setAttribute("text-anchor", "middle");
    return [line];
  }
}

const clear = (color: string): boolean => color === "transparent" || /,\s*0\)$|\/\s*0\)$/.test(color);
const scaleOf = (element: Element): number =>
  (element as Element & { readonly currentCSSZoom?: number }).currentCSSZoom ?? 1;
const stroke = (color: string, width: number, line: string): Attributes => ({
  stroke: color,
  "stroke-width": width,
  ...(line === "dashed" ? { "stroke-dasharray": `${3 * width} ${2 * width}` } : {}),
  ...(line === "dotted" ? { "stroke-dasharray": `${width} ${width}` } : {}),
});

/** A text that its box cuts off ends with an ellipsis, as on the screen. */
function fitting(text: string, node: Text, area: DOMRect): string {
  const box = node.parentElement;
  const room = box?.getBoundingClientRect();
  if (!box || !room || getComputedStyle(box).textOverflow !== "ellipsis" || area.right <= room.right + 1) return text;
  const letters = text.length * ((room.right - area.left) / Math.max(1, area.width));
  return `${text.slice(0, Math.max(1, Math.floor(letters) - 1)).trimEnd()}…`;
}
