/** Injects the settings of the application. A class declares them with the types of the rooms whose settings it reads. */
export const SETTINGS = Symbol('Settings');

/** Its message has one line for each wrong setting: the name, the value and what is allowed. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}
