/** Injects the settings of the application. A class asks for them by the types of the rooms whose settings it reads. */
export const SETTINGS = Symbol('Settings');

/** Its message names each wrong setting, its value and what is allowed, one a line. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}
