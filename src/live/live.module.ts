import { Module } from '@nestjs/common';
import { LiveController } from './live.controller.js';
import { PageFiles } from './page-files.js';

/** The page at `/`, as files. What it shows, the browser asks `GET /metrics` for. */
@Module({
  controllers: [LiveController],
  providers: [PageFiles],
})
export class LiveModule {}
