/** The message of an error, without its name. No `instanceof`: Jest runs the service in a realm with another Error. */
export function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message)
    : String(error);
}
