// What was typed into a field, as a number, or what is wrong with it.
interface Rules {
  whole?: boolean;
  least?: number | undefined;
  most?: number | undefined;
}

/** A number, or a sentence that says why there is none; of an empty field NaN. */
export function typedNumber(text: string, { whole = false, least, most }: Rules): number | string {
  const bare = text.trim().replace("−", "-");
  // "1,000" and "1 000" are a thousand where only whole numbers go, and could be either elsewhere; "0,05" is five hundredths.
  const grouped = /^[+-]?[1-9]\d{0,2}([,.'’\s\u202f]\d{3})+$/.test(bare);
  if (grouped && !whole && /[,.]/.test(bare) && !/^[+-]?\d+\.\d{3}$/.test(bare))
    return `Is this ${bare.replace(/[^\d+-]/g, "")} or ${bare.replace(",", ".")}? Write one of them.`;
  const cleaned = grouped && (whole || !bare.includes(".")) ? bare.replace(/[^\d+-]/g, "") : bare.replace(",", ".");
  if (cleaned === "") return NaN;
  const number = Number(cleaned);
  if (!Number.isFinite(number)) return "This is not a number.";
  if (whole && !Number.isInteger(number)) return "This must be a whole number.";
  if (least !== undefined && number < least) return `At least ${least}.`;
  if (most !== undefined && number > most) return `At most ${most}.`;
  return number;
}
