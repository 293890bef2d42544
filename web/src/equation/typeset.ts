import { NAMES_IN_TEXT } from "../number/place";

// The trace's names in formulas as a reader expects them: a letter in italics, the layer and the index below the line.
export type Piece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "symbol"; readonly letter: string; readonly below: string; readonly index: string };

const SYMBOL = new RegExp(`${NAMES_IN_TEXT}|(Σ)_([a-z])|(?<![\\w'])([LfyzawpgℓW])(?![\\w'([])`, "gu");

export function typeset(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(SYMBOL)) {
    if (match.index > end) pieces.push({ kind: "text", text: text.slice(end, match.index) });
    if (match[4]) pieces.push({ kind: "symbol", letter: match[4], below: match[5] ?? "", index: "" });
    else if (match[6]) pieces.push({ kind: "symbol", letter: match[6], below: "", index: "" });
    else pieces.push({ kind: "symbol", letter: match[1] ?? "", below: match[2] ?? "", index: match[3] ?? "" });
    end = match.index + match[0].length;
  }
  if (end < text.length) pieces.push({ kind: "text", text: text.slice(end) });
  return pieces;
}
