// An equation's numbers as the terms of its sum: a line breaks between two of them, not inside of a parenthesis.
import type { EquationLine } from "../contract";

type Token = EquationLine["tokens"][number];

export function terms(tokens: readonly Token[]): Token[][] {
  const found: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.value !== null || token.source !== null) {
      found[found.length - 1]?.push(token);
      continue;
    }
    let held = "";
    const put = (): void => {
      if (held) found[found.length - 1]?.push({ ...token, text: held });
      held = "";
    };
    for (const part of token.text.split(/( [+−] |[()[\]])/)) {
      if (/^[([]$/.test(part)) depth += 1;
      if (/^[)\]]$/.test(part)) depth -= 1;
      if (depth === 0 && / [+−] /.test(part)) {
        put();
        found.push([]);
        held = `${part.trim()} `;
      } else held += part;
    }
    put();
  }
  return found.filter((term) => term.length > 0);
}
