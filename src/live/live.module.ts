import { Module } from '@nestjs/common';
import { LiveController } from './live.controller.js';
import { PageFiles } from './page-files.js';

/** The live page: files and nothing else. It reads `/metrics` from the browser, as any scraper does. */
@Module({
  controllers: [LiveController],
  providers: [PageFiles],
})
export class LiveModule {}
