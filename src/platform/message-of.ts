/** What an error says, without its name. By its shape, since Jest runs the service in a realm with an Error of its own. */
export function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message)
    : String(error);
}
