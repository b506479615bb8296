import { Controller, Get, Header, HttpException } from '@nestjs/common';

/** Tells who asks for `/ws/{id}` without an upgrade what is missing: most often a proxy in between dropped it. */
@Controller('ws')
export class UpgradeRequiredController {
  @Get(':id')
  @Header('Upgrade', 'websocket')
  @Header('Connection', 'close, Upgrade')
  refuse(): never {
    throw new HttpException(
      'only WebSockets are served here; a proxy must pass on Upgrade and Connection',
      426,
    );
  }
}
