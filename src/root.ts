/** The package's folder. The path holds from every file that lies one folder below it, in src as in dist. */
export const ROOT = new URL('../', import.meta.url);
