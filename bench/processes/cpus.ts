/** `0-2,5`, as Linux writes sets of processors, → 0, 1, 2, 5. */
export function cpusOf(list: string): number[] {
  return list.split(',').flatMap((range) => {
    const [first = NaN, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}
