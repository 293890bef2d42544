// The page's own fonts inside a picture: elsewhere they are not installed, and a picture in an <img> loads nothing.
const LEAST = 0;

/** The faces that a text needs, as rules that hold their files. */
export async function facesOf(text: string, families: ReadonlySet<string>): Promise<string> {
  const letters = [...new Set(text)].map((letter) => letter.codePointAt(0) ?? LEAST);
  const wanted = rules().filter((rule) => {
    const family = rule.style.getPropertyValue("font-family").replaceAll(/["']/g, "");
    const ranges = rule.style.getPropertyValue("unicode-range");
    return families.has(family) && letters.some((letter) => covers(ranges, letter));
  });
  return (await Promise.all(wanted.map(inlined))).join("\n");
}

function rules(): CSSFontFaceRule[] {
  return [...document.styleSheets].flatMap((sheet) => {
    try {
      return [...sheet.cssRules].filter((rule) => rule instanceof CSSFontFaceRule);
    } catch {
      return []; // a sheet of an extension of the browser
    }
  });
}

function covers(ranges: string, letter: number): boolean {
  if (!ranges) return true;
  return ranges.split(",").some((range) => {
    const [from = "", to = from] = range.trim().replace(/^U\+/i, "").split("-");
    return letter >= parseInt(from, 16) && letter <= parseInt(to, 16);
  });
}

async function inlined(rule: CSSFontFaceRule): Promise<string> {
  const source = /url\("?([^")]+)"?\)/.exec(rule.style.getPropertyValue("src"))?.[1] ?? "";
  const file = await fetch(new URL(source, rule.parentStyleSheet?.href ?? location.href));
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  const part = (name: string): string => `${name}:${rule.style.getPropertyValue(name)}`;
  const held = `src:url(data:font/woff2;base64,${btoa(binary)}) format("woff2")`;
  return `@font-face{${["font-family", "font-style", "font-weight", "unicode-range"].map(part).join(";")};${held}}`;
}
