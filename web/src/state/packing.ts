// A lab as the text of a link: JSON, deflated, in the 64 letters that an address allows.
import type { Lab } from "../contract";

async function piped(
  bytes: Uint8Array<ArrayBuffer>,
  through: CompressionStream | DecompressionStream,
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(through);
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

export async function pack(lab: Lab): Promise<string> {
  const bytes = await piped(new TextEncoder().encode(JSON.stringify(lab)), new CompressionStream("deflate-raw"));
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export async function unpack(packed: string): Promise<Lab> {
  try {
    const text = atob(packed.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = await piped(
      Uint8Array.from(text, (letter) => letter.charCodeAt(0)),
      new DecompressionStream("deflate-raw"),
    );
    return JSON.parse(new TextDecoder().decode(bytes)) as Lab;
  } catch {
    throw new Error("This link holds no lab that can be read. Was it cut short when it was copied?");
  }
}

/** A lab from what a person pastes: the JSON itself, or a link with it. */
export async function labFromText(text: string): Promise<Lab> {
  const trimmed = text.trim();
  const packed = /#\/?lab=([\w-]+)/.exec(trimmed)?.[1];
  if (packed) return unpack(packed);
  try {
    const found: unknown = JSON.parse(trimmed);
    if (found !== null && typeof found === "object" && "data" in found) return found as Lab;
  } catch {
    // It is said below.
  }
  throw new Error("This is neither a link of the studio nor the JSON of a lab.");
}
