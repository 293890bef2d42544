// Counter-based random numbers, the same bits as `glassnet.formulas.randomness`: Philox 4x32-10.

/** The purpose of a stream of random numbers. */
export const PURPOSE = { weights: 1, biases: 2, shuffle: 3, split: 5, explanation: 10 } as const;

export interface Address {
  readonly seed: number;
  readonly purpose: number;
  readonly member?: number;
  readonly epoch?: number;
  readonly part?: number;
}

/** The polynomials of the normal quantile (algorithm AS 241), as Python has them: for the middle, and for two tails. */
export type QuantileTables = readonly (readonly [readonly number[], readonly number[]])[];

const WORD = 2 ** 32;

/** The high and the low word of a product. */
function multiply(a: number, b: number): [number, number] {
  const [ah, al, bh, bl] = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff];
  const first = ah * bl + Math.floor((al * bl) / 65536);
  const second = al * bh + (first % 65536);
  return [ah * bh + Math.floor(first / 65536) + Math.floor(second / 65536), Math.imul(a, b) >>> 0];
}

/** Random 32-bit words. */
export function words({ seed, purpose, member = 0, epoch = 0, part = 0 }: Address, count: number): Uint32Array {
  const result = new Uint32Array(count);
  for (let block = 0; 4 * block < count; block++) {
    let counter = [block, epoch >>> 0, member >>> 0, (purpose * 2 ** 24 + part) >>> 0];
    let [low, high] = [seed % WORD, Math.floor(seed / WORD)];
    for (let round = 0; round < 10; round++) {
      const [[h0, l0], [h1, l1]] = [multiply(0xd2511f53, counter[0] ?? 0), multiply(0xcd9e8d57, counter[2] ?? 0)];
      counter = [(h1 ^ (counter[1] ?? 0) ^ low) >>> 0, l1, (h0 ^ (counter[3] ?? 0) ^ high) >>> 0, l0];
      low = (low + 0x9e3779b9) % WORD;
      high = (high + 0xbb67ae85) % WORD;
    }
    for (let k = 0; k < 4 && 4 * block + k < count; k++) result[4 * block + k] = counter[k] ?? 0;
  }
  return result;
}

/** Uniform numbers strictly between 0 and 1 with 53 random bits. */
export function uniform(address: Address, count: number): number[] {
  const pairs = words(address, 2 * count);
  return Array.from({ length: count }, (_, k) => {
    const [high, low] = [(pairs[2 * k] ?? 0) >>> 6, (pairs[2 * k + 1] ?? 0) >>> 6];
    return (high * 2 ** 26 + low) * 2 ** -52 + 2 ** -53;
  });
}

/** A random order of 0 .. count - 1 (Fisher-Yates). */
export function permutation(address: Address, count: number): number[] {
  const drawn = words(address, count);
  const order = Array.from({ length: count }, (_, k) => k);
  for (let place = count - 1; place > 0; place--) {
    const partner = Math.floor(((drawn[place] ?? 0) * (place + 1)) / WORD);
    [order[place], order[partner]] = [order[partner] as number, order[place] as number];
  }
  return order;
}

/** The natural logarithm of a number in (0, 1) from exact operations only. */
function portableLog(x: number): number {
  let exponent = Math.ceil(Math.log2(x));
  let mantissa = x * 2 ** -exponent;
  while (mantissa >= 1) [mantissa, exponent] = [mantissa / 2, exponent + 1];
  while (mantissa < 0.5) [mantissa, exponent] = [mantissa * 2, exponent - 1];
  if (mantissa < 0.7071067811865476) [mantissa, exponent] = [2 * mantissa, exponent - 1];
  const s = (mantissa - 1) / (mantissa + 1);
  const square = s * s;
  let total = 0;
  for (let k = 25; k > 0; k -= 2) total = total * square + 1 / k;
  return 2 * s * total + exponent * 0.6931471805599453;
}

function ratio(table: QuantileTables[number] | undefined, x: number): number {
  const horner = (row: readonly number[]): number => row.reduceRight((total, next) => total * x + next);
  return table ? horner(table[0]) / horner(table[1]) : NaN;
}

/** Standard normal numbers by inversion of the distribution function. */
export function normal(address: Address, count: number, tables: QuantileTables): number[] {
  return uniform(address, count).map((p) => {
    const q = p - 0.5;
    if (Math.abs(q) <= 0.425) return q * ratio(tables[0], 0.180625 - q * q);
    const depth = Math.sqrt(-portableLog(q < 0 ? p : 1 - p));
    const tail = depth <= 5 ? ratio(tables[1], depth - 1.6) : ratio(tables[2], depth - 5);
    return q < 0 ? -tail : tail;
  });
}
