import { type DynamicModule, Module } from '@nestjs/common';
import { SETTINGS, type Settings } from '../settings.js';

/** Lets every module inject the application's Settings by the token SETTINGS. */
@Module({})
export class SettingsModule {
  static with(settings: Settings): DynamicModule {
    return {
      module: this,
      global: true,
      providers: [{ provide: SETTINGS, useValue: settings }],
      exports: [SETTINGS],
    };
  }
}
