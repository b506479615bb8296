// HTTP client of a cluster. It tries the configured servers in turn and does not discover others (docs/elasticsearch.md).
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { messageOf } from '../../platform/message-of.js';
import { printable } from '../../platform/printable.js';
import { IncompleteAnswer } from './answer.js';
import { type Credentials, readCredentials } from './credentials.js';
import type { ElasticsearchSettings } from './elasticsearch.settings.js';

/** Most bytes of an answer. */
const LONGEST_ANSWER = 33_554_432;

/** Milliseconds beyond the timeout of a search, for the server to report the timeout itself. */
const GRACE = 5_000;

/** Most characters of a server's error message in the log. */
const LONGEST_REASON = 300;

/** Statuses of a server, or its proxy, after which another server is tried. */
const BUSY: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** The answer is too large. A search for fewer windows may succeed. */
export class TooMuch extends Error {}

/** An error response of a server. */
class Refusal extends Error {
  constructor(
    message: string,
    readonly isBusy: boolean,
  ) {
    super(message);
  }
}

export class SearchClient {
  private credentials: Credentials | undefined;
  private agents: { 'http:': http.Agent; 'https:': https.Agent } | undefined;
  /** The index of the server that answered last. */
  private current = 0;

  constructor(private readonly settings: ElasticsearchSettings) {}

  /**
   * @param what the path after the index, with its parameters
   * @param body of a POST; without one it is a GET
   * @throws {IncompleteAnswer} if the answer is truncated or not JSON
   * @throws {TooMuch} if the answer is or would be too large
   * @throws {Error} if no server answers, or one refuses
   */
  async ask(what: string, body: object | undefined, signal: AbortSignal): Promise<unknown> {
    await this.renew();
    const servers = this.settings.ELASTICSEARCH_URL;
    for (let attempt = 1; ; attempt++) {
      try {
        const server = servers[this.current % servers.length] ?? '';
        return parsed(
          await this.exchange(new URL(`${server.replace(/\/+$/, '')}/${this.index}/${what}`), body, signal),
        );
      } catch (error) {
        const isElsewhereBetter = error instanceof Refusal ? error.isBusy : !isAnswer(error);
        if (!isElsewhereBetter || attempt >= servers.length || signal.aborted) throw error;
        this.current++;
      }
    }
  }

  /** Closes all connections. */
  close(): void {
    this.agents?.['http:'].destroy();
    this.agents?.['https:'].destroy();
  }

  /** Encoded, because an index expression may contain `/`, `<` and `{`. */
  private get index(): string {
    return (this.settings.ELASTICSEARCH_INDEX ?? '').split(',').map(encodeURIComponent).join(',');
  }

  private async renew(): Promise<void> {
    const credentials = await readCredentials(this.settings);
    if (JSON.stringify(credentials) === JSON.stringify(this.credentials)) return;
    this.close();
    this.credentials = credentials;
    const options = { keepAlive: true, maxSockets: 1 };
    this.agents = {
      'http:': new http.Agent(options),
      'https:': new https.Agent({ ...options, ...credentials.tls }),
    };
  }

  /** Sends one request. A timeout or abort closes the connection, which cancels the search on the server. */
  private async exchange(
    url: URL,
    body: object | undefined,
    stopping: AbortSignal,
    again = true,
  ): Promise<string> {
    const isTls = url.protocol === 'https:';
    const seconds = this.settings.ELASTICSEARCH_TIMEOUT_SECONDS;
    const late = AbortSignal.timeout(seconds * 1000 + GRACE);
    const request = (isTls ? https : http).request(url, {
      method: body ? 'POST' : 'GET',
      agent: this.agents?.[isTls ? 'https:' : 'http:'],
      signal: AbortSignal.any([stopping, late]),
      headers: {
        Accept: 'application/json',
        ...(body && { 'Content-Type': 'application/json' }),
        ...(this.credentials?.authorization !== undefined && {
          Authorization: this.credentials.authorization,
        }),
      },
    });
    try {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        request.on('response', resolve).on('error', reject);
        request.end(body && JSON.stringify(body));
      });
      return await textOf(response);
    } catch (error) {
      if (late.aborted) throw new Error(`no answer from ${url.host} within ${seconds} s`, { cause: error });
      // The server may have closed an idle connection just when it was reused.
      const isUnanswered = request.reusedSocket && !isAnswer(error);
      if (isUnanswered && again && !stopping.aborted) return this.exchange(url, body, stopping, false);
      throw error;
    }
  }
}

function isAnswer(error: unknown): boolean {
  return error instanceof Refusal || error instanceof TooMuch || error instanceof IncompleteAnswer;
}

/** @throws {Refusal} if the status is not a success */
async function textOf(response: IncomingMessage): Promise<string> {
  const { statusCode = 0 } = response;
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of response) {
      if (!Buffer.isBuffer(chunk)) continue; // without an encoding, all chunks are
      length += chunk.length;
      if (length > LONGEST_ANSWER) throw new TooMuch(`the answer is longer than ${LONGEST_ANSWER} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof TooMuch) throw error;
    throw new IncompleteAnswer(`the answer was cut off: ${messageOf(error)}`);
  }
  const text = Buffer.concat(chunks).toString();
  if (statusCode >= 200 && statusCode < 300) return text;
  const reason = reasonOf(text);
  // Both have statuses after which another server would be tried: 503 and 429.
  if (/\b(too_many_buckets_exception|circuit_breaking_exception)\b/.test(text)) throw new TooMuch(reason);
  throw new Refusal(`HTTP ${statusCode}${reason && `: ${reason}`}`, BUSY.has(statusCode));
}

/** The innermost reason of a server's error, shortened. */
function reasonOf(text: string): string {
  const reasons = Array.from(text.matchAll(/"reason":"((?:[^"\\]|\\.)*)"/g), ([, reason = '']) => reason);
  const types = Array.from(text.matchAll(/"type":"(\w+)"/g), ([, type = '']) => type);
  if (types.length === 0) return '';
  return `${types[0]} ${printable((reasons[0] ?? '').slice(0, LONGEST_REASON))}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new IncompleteAnswer('the answer is not JSON');
  }
}
