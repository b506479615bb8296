import { finished } from 'node:stream/promises';
import { Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { InjectIngestAuth } from '../../server/auth.js';
import { BearerAuth } from '../../server/bearer-auth.js';
import { Lifecycle } from '../../lifecycle/lifecycle.js';
import { ProblemException } from '../../server/problem.js';
import { ShuttingDownException } from '../../server/problem.js';
import { type NotJson, type Parse, parserFor, unsupported } from '../../formats/parse-body.js';
import type { Reason } from '../../recording/observation.js';
import { Refusals } from '../../server/refusals.js';
import { RecorderService } from '../../recording/recorder.service.js';
import { ObservationScanner } from '../../formats/scanner.js';
import { SETTINGS } from '../../settings/token.js';
import type { RecordingSettings } from '../../recording/recording.settings.js';
import type { ServerSettings } from '../../server/server.settings.js';
import { BodyError, readBody } from './read-body.js';

/**
 * The source `POST /observations`. The observations of a request are recorded all or none, so that a sender can correct a
 * refused batch and send it again. A body that cannot be split into observations counts as one rejected observation.
 */
@Controller('observations')
export class ObservationsController {
  private readonly scanner: ObservationScanner;

  constructor(
    @Inject(SETTINGS) private readonly settings: RecordingSettings & ServerSettings,
    private readonly recorder: RecorderService,
    private readonly lifecycle: Lifecycle,
    private readonly refusals: Refusals,
    @InjectIngestAuth() private readonly auth: BearerAuth,
  ) {
    this.scanner = new ObservationScanner(recorder.labels);
  }

  @Post()
  @HttpCode(200)
  async push(@Req() request: Request, @Res() response: Response): Promise<void> {
    if (this.lifecycle.phase === 'shutting down') await this.refuse(request);
    this.demandToken(request);
    const parse = this.parserFor(request);
    const bytes = await this.bodyOf(request);
    if (this.lifecycle.late.aborted) await this.refuse(request);
    const body = parse(bytes, this.scanner);
    if ('broken' in body) throw this.notJson(request, body);

    const { candidates, lines } = body;
    this.refuseTooMany(request, candidates.length);
    const problems = this.recorder.offerAll('http', candidates);
    if (problems.length === 0) {
      const answer = `{"recorded":${candidates.length}}`;
      response
        .writeHead(200, {
          'Content-Type': 'application/json; charset=utf-8',
          'Content-Length': answer.length,
        })
        .end(answer);
      return;
    }
    this.refusals.logBatch('http', request, candidates, problems, this.recorder.labels);
    throw new ProblemException(
      422,
      `none of ${candidates.length} observations recorded: at least one is invalid`,
      {
        problems: problems.map(({ index, field, detail }) =>
          lines ? { line: lines[index], field, detail } : { index, field, detail },
        ),
      },
    );
  }

  /** Reads the body to its end first: the response closes the connection, and a client that is still sending might miss it. */
  private async refuse(request: Request): Promise<never> {
    this.recorder.refuse('http', 'shutting_down');
    await finished(request.resume()).catch(() => undefined); // a client that has disconnected needs no response
    throw new ShuttingDownException();
  }

  private demandToken({ headers }: Request): void {
    const refusal = this.auth.refusalOf(headers.authorization);
    if (!refusal) return;
    this.recorder.refuse('http', 'unauthorized');
    throw refusal;
  }

  private parserFor(request: Request): Parse {
    const type = request.headers['content-type'] ?? '';
    const parse = parserFor(type);
    if (parse) return parse;
    throw this.refused(request, 'unsupported_media_type', 415, unsupported(type));
  }

  private async bodyOf(request: Request): Promise<Buffer> {
    try {
      return await readBody(request, this.settings.BODY_LIMIT_BYTES);
    } catch (error) {
      if (!(error instanceof BodyError)) throw error;
      throw this.refused(request, error.reason, error.status, error.message);
    }
  }

  private refuseTooMany(request: Request, count: number): void {
    const { MAX_OBSERVATIONS } = this.settings;
    if (count <= MAX_OBSERVATIONS) return;
    const detail = `${count} observations are more than the ${MAX_OBSERVATIONS} of one request`;
    throw this.refused(request, 'too_many', 413, detail, count);
  }

  /** Counts and logs a request that is refused as a whole. */
  private refused(
    request: Request,
    reason: Reason<'http'>,
    status: number,
    detail: string,
    count = 1,
  ): ProblemException {
    this.recorder.refuse('http', reason, count);
    this.refusals.log('http', reason, request, detail);
    return new ProblemException(status, detail);
  }

  private notJson(request: Request, { problems, hint = '', broken, others }: NotJson): ProblemException {
    const [{ line, detail } = { detail: '' }] = problems;
    const place = line === undefined ? '' : `line ${line}: `;
    this.refusals.log('http', 'not_json', request, `${place}${detail}${hint}`);
    this.recorder.refuse('http', 'not_json', broken);
    this.recorder.refuse('http', 'batch_refused', others);
    return new ProblemException(400, `the body is not JSON${hint}`, { problems });
  }
}
