import { Controller, Get, Header, HttpException } from '@nestjs/common';

/** Answers requests for `/ws/{id}` without an upgrade: usually a proxy has dropped its headers. */
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
