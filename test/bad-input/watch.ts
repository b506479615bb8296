// What has to hold whatever was sent: the process is up and has logged no error, all is accounted for, nothing grows.
import type { ServiceProcess } from '../process.js';
import { samples, until } from '../service.js';
import type { Outcome } from './observations.js';

export type Source = 'http' | 'websocket' | 'access_log' | 'broker';

const METHOD = '(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|other)';
const ROUTE = '(unmatched|/|/some|/metrics|/observations|/live/:file|/ws/:id|/-/healthy|/-/ready)';
const CODE = '(101|200|304|400|404|405|408|413|415|422|426|431|499)';

/** The series that bad input may bring about, as their labels have few values. */
const ALLOWED = [
  /^response_code\{env="(testing|production)",statuscode="[1-5]\d\d",type="[1-5]00"\}$/,
  new RegExp(
    `^service_collector_http_request_duration_seconds_(bucket|sum|count)\\{(le="[^"]+",)?method="${METHOD}",route="${ROUTE}",code="${CODE}"(,le="[^"]+")?\\}$`,
  ),
  /^nodejs_(gc_duration_seconds_|active_resources\{)/,
];

export class Watch {
  private constructor(
    private readonly service: ServiceProcess,
    private readonly url: string,
    private readonly before: ReadonlySet<string>,
  ) {}

  /** Begins when the service answers. */
  static async of(service: ServiceProcess, url: string): Promise<Watch> {
    const ready = (): Promise<boolean> =>
      fetch(`${url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    await until(ready, (is) => is);
    return new Watch(service, url, new Set((await scrape(url)).keys()));
  }

  private scrape(): Promise<Map<string, number>> {
    return scrape(this.url);
  }

  /** What was recorded and rejected of a source. */
  async outcome(source: Source): Promise<Outcome> {
    const outcome = { recorded: 0, rejected: 0 };
    for (const [series, value] of await this.scrape()) {
      if (!series.includes(`source="${source}"`)) continue;
      if (series.startsWith('service_collector_observations_total')) outcome.recorded += value;
      if (series.startsWith('service_collector_observations_rejected_total')) outcome.rejected += value;
    }
    return outcome;
  }

  /** Requests of POST /observations, however they ended. */
  pushes(): Promise<number> {
    return this.sum(
      'service_collector_http_request_duration_seconds_count{method="POST",route="/observations"',
    );
  }

  /** What was recorded of an environment, whatever the source. */
  responses(env: string): Promise<number> {
    return this.sum(`response_code{env="${env}"`);
  }

  private async sum(beginning: string): Promise<number> {
    const found = [...(await this.scrape())].filter(([series]) => series.startsWith(beginning));
    return found.reduce((sum, [, value]) => sum + value, 0);
  }

  /** Waits until nobody is connected any more. */
  async alone(): Promise<void> {
    await until(
      async () => (await this.scrape()).get('connected_clients'),
      (count) => count === 0,
    );
  }

  /** Resident bytes. Throws if an error was logged, or a series has come that is not allowed to. */
  async check(): Promise<number> {
    if (this.service.output !== '') throw new Error(`it has logged: ${this.service.output}`);
    const all = await this.scrape();
    const come = [...all.keys()].filter((series) => !this.before.has(series));
    const strange = come.filter((series) => !ALLOWED.some((pattern) => pattern.test(series)));
    if (strange.length > 0) throw new Error(`series that were not there before: ${strange.join('\n')}`);
    return all.get('process_resident_memory_bytes') ?? NaN;
  }
}

async function scrape(url: string): Promise<Map<string, number>> {
  return samples(await (await fetch(`${url}/metrics`)).text());
}
