import { Module } from '@nestjs/common';
import { LifecycleModule } from '../lifecycle/lifecycle.module.js';
import { StateService } from './state.service.js';

@Module({ imports: [LifecycleModule], providers: [StateService], exports: [StateService] })
export class StateModule {}
