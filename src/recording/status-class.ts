export type StatusClass = '100' | '200' | '300' | '400' | '500';

const CLASSES: readonly StatusClass[] = ['100', '200', '300', '400', '500'];

/**
 * The class of an HTTP status code: 503 → "500".
 *
 * @throws {RangeError} if the code is not within 100–599
 */
export function statusClass(statuscode: number): StatusClass {
  const found = CLASSES[Math.floor(statuscode / 100) - 1];
  if (!found) throw new RangeError(`status code ${statuscode} is not within 100–599`);
  return found;
}
