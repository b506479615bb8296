import { type DynamicModule, Module } from '@nestjs/common';
import { SETTINGS } from './token.js';

/** Lets every module inject the settings of the application by the token SETTINGS. */
@Module({})
export class SettingsModule {
  static with(settings: object): DynamicModule {
    return {
      module: this,
      global: true,
      providers: [{ provide: SETTINGS, useValue: settings }],
      exports: [SETTINGS],
    };
  }
}
