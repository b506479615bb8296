import { Controller, Get, NotFoundException, Param, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ENCODINGS, type PageFile, PageFiles } from './page-files.js';
import { setSecurityHeaders } from './security-headers.js';

/** `GET /`, and the page's files under `/live/`. */
@Controller()
export class LiveController {
  constructor(private readonly files: PageFiles) {}

  @Get()
  index(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.send(this.files.index, request, response);
  }

  @Get('live/:file')
  file(@Param('file') name: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    const file = this.files.get(name);
    if (file === undefined) throw new NotFoundException(`Cannot ${request.method} ${request.path}`);
    return this.send(file, request, response);
  }

  /** Browsers cache the files, but revalidate them each time, so that they never show an old page after an upgrade. */
  private async send(file: PageFile, request: Request, response: Response): Promise<void> {
    const encoding = ENCODINGS.find((candidate) => request.acceptsEncodings(candidate) !== false);
    const content = encoding === undefined ? file.content : await file.compressed(encoding);
    setSecurityHeaders(request, response);
    response.set({ 'Content-Type': file.type, 'Cache-Control': 'no-cache', ETag: file.etag });
    response.vary('Accept-Encoding');
    if (encoding !== undefined) response.set('Content-Encoding', encoding);
    response.send(content);
  }
}
