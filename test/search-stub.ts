// A cluster that answers as the documentation of Elasticsearch 7 to 9 and of OpenSearch says, and refuses what they refuse.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import { json } from 'node:stream/consumers';
import { type Document, search } from './search-engine.js';
import { portOf } from './service.js';

const PARAMETERS: ReadonlySet<string> = new Set([
  'allow_partial_search_results',
  'allow_no_indices',
  'request_cache',
  'preference',
  'fields',
]);

const ECS = {
  '@timestamp': 'date',
  'http.response.status_code': 'long',
  'event.duration': 'long',
  'service.environment': 'keyword',
};

interface Asked {
  url: string;
  authorization: string | undefined;
  body: Readonly<Record<string, unknown>>;
}

export class SearchStub implements AsyncDisposable {
  readonly documents: Document[] = [];
  /** The types of its fields, of which indices may have several. */
  types: Record<string, string | readonly string[]> = { ...ECS };
  /** What it was asked. */
  readonly asked: Asked[] = [];
  /** How many questions were in progress at the same time, at the most. */
  most = 0;
  /** Answers a search instead of the stub if it returns true. */
  answer: (response: ServerResponse, text: string, asked: Asked) => boolean = () => false;
  private inProgress = 0;

  private constructor(
    private readonly server: Server,
    readonly scheme: string,
  ) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.most = Math.max(this.most, ++this.inProgress);
      response.on('close', () => this.inProgress--);
      void this.reply(request, response);
    });
  }

  static async listen(tls?: ServerOptions, port = 0): Promise<SearchStub> {
    const server = (tls ? createTlsServer(tls) : createServer()).listen(port, '127.0.0.1');
    await once(server, 'listening');
    return new SearchStub(server, tls ? 'https' : 'http');
  }

  get url(): string {
    return `${this.scheme}://127.0.0.1:${portOf(this.server)}`;
  }

  get searches(): Asked[] {
    return this.asked.filter(({ url }) => url.includes('_search'));
  }

  /** Adds a document of one request, as Elastic's agents write it. */
  add(
    status?: number,
    { env = 'testing', time = Date.now(), ...others }: Document = {},
    duration?: number,
  ): void {
    this.documents.push({
      '@timestamp': time,
      'http.response.status_code': status,
      'service.environment': env,
      'event.duration': duration,
      ...others,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async reply(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = '', headers, method } = request;
    const body = method === 'POST' ? Object(await json(request)) : {};
    const asked = { url, authorization: headers.authorization, body };
    this.asked.push(asked);
    const [status, answer] = this.answerTo(asked, headers);
    const text = JSON.stringify(answer);
    if (url.includes('_search') && this.answer(response, text, asked)) return;
    response
      .writeHead(status, { 'Content-Type': 'application/json', 'X-Elastic-Product': 'Elasticsearch' })
      .end(text);
  }

  private answerTo({ url, body }: Asked, headers: IncomingMessage['headers']): [number, unknown] {
    const { pathname, searchParams } = new URL(url, this.url);
    const unknown = [...searchParams.keys()].find((name) => !PARAMETERS.has(name));
    if (unknown !== undefined)
      return refusal(400, 'illegal_argument_exception', `unrecognized parameter: [${unknown}]`);
    // Elasticsearch 8 and 9 take their own media type only on both sides, and no other versions than theirs.
    if (
      headers.accept !== 'application/json' ||
      (headers['content-type'] ?? headers.accept) !== headers.accept
    )
      return refusal(400, 'media_type_header_exception', 'Invalid media-type value on headers');
    if (pathname.includes('nothing'))
      return refusal(404, 'index_not_found_exception', 'no such index [nothing]');
    if (pathname.endsWith('_field_caps')) return [200, { indices: ['logs'], fields: this.caps() }];
    const decimal = /"event\.duration","ranges":\[[^\]]*\d\.\d/.exec(JSON.stringify(body));
    if (decimal) return refusal(400, 'illegal_argument_exception', 'Value [0.5] has a decimal part');
    return [200, search(body, this.documents)];
  }

  private caps(): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(this.types).map(([name, types]) => [
        name,
        Object.fromEntries(
          [types].flat().map((type) => [type, { type, searchable: true, aggregatable: type !== 'text' }]),
        ),
      ]),
    );
  }
}

/** An answer as both servers write it. */
export function refusal(status: number, type: string, reason: string): [number, unknown] {
  return [status, { error: { root_cause: [{ type, reason }], type, reason }, status }];
}
