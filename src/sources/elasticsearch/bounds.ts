// Prometheus' buckets include their upper bound, but those of a range aggregation do not. So each bound moves up by the smallest
// step of the field's type.

/** The significant bits of a type. */
export const FLOAT_BITS: Readonly<Record<string, number>> = { scaled_float: 24, float: 24, double: 53 };

/** The largest value in a query. Elasticsearch 7 refuses larger ones. */
const LARGEST: Readonly<Record<string, number>> = { short: 32_767, integer: 2_147_483_647 };
export const INTEGERS: readonly string[] = ['long', 'unsigned_long', ...Object.keys(LARGEST)];

/**
 * The smallest value that a field can store above `bound`, or Infinity if there is none. It is an integer for integer types,
 * because Elasticsearch 7 refuses decimals there.
 */
export function above(bound: number, types: readonly string[]): number {
  const value = Number(bound.toPrecision(15)); // 0.035 s are 35 ms, not 35.00000000000001
  if (types.every((type) => INTEGERS.includes(type))) {
    const next = Math.floor(value) + 1;
    return types.every((type) => next <= (LARGEST[type] ?? Infinity)) ? next : Infinity;
  }
  const bits = Math.min(...types.map((type) => FLOAT_BITS[type] ?? 53));
  const step = 2 ** (Math.floor(Math.log2(value)) - bits + 1);
  return (Math.round(value / step) + 1) * step;
}
