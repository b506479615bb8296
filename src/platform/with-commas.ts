/** A whole number as `5,000,000`. `toLocaleString` would load ICU's data, which takes 20 ms of the start. */
export function withCommas(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}
