// The built service in a process of its own, with what has to hold whatever is sent to it.
import { ServiceProcess } from '../process.js';
import { freePort, scrape, until } from '../service.js';

export type Source = 'http' | 'websocket' | 'access_log' | 'syslog' | 'broker';

const METHOD = '(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|other)';
const ROUTE = '(unmatched|/|/some|/metrics|/observations|/live/:file|/ws/:id|/-/healthy|/-/ready)';
const CODE = '(101|200|304|400|404|405|408|413|415|417|422|426|431|499)';

/** Lists that turn the labels on. */
const LISTS = { SERVICES: 'shop', METHODS: 'GET,POST', ROUTES: '/cart,/users/:id' };
const LABELS = 'service="(shop|other)",method="(GET|POST|other)",route="(/cart|/users/:id|other)"';

/** The series that input may bring about: their labels have few values. */
const ALLOWED = [
  new RegExp(
    `^response_code\\{env="(testing|production)",statuscode="[1-5]\\d\\d",type="[1-5]00",${LABELS}\\}$`,
  ),
  new RegExp(`^response_time_\\w+\\{(le="[^"]+",)?env="(testing|production)",${LABELS}\\}$`),
  new RegExp(
    `^service_collector_http_request_duration_seconds_\\w+\\{(le="[^"]+",)?method="${METHOD}",route="${ROUTE}",code="${CODE}"(,le="[^"]+")?\\}$`,
  ),
  /^service_collector_source_last_recorded_timestamp_seconds\{source="(http|websocket)"\}$/,
  /^nodejs_(gc_duration_seconds_|active_resources\{)/,
];

/** Tells how much memory is in use, without what nobody holds any more. */
const TELL_MEMORY = `process.on('SIGUSR2',()=>{gc();gc();const{heapUsed,external}=process.memoryUsage();console.log('held',heapUsed+external)})`;

const PUSHES = 'service_collector_http_request_duration_seconds_count{method="POST",route="/observations"';

export interface Counts {
  recorded: number;
  rejected: number;
  received: number;
  /** What was not about a request. */
  skipped: number;
  /** What is received beside one candidate of each request of POST /observations. */
  beyondRequests: number;
}

export class WatchedService implements AsyncDisposable {
  private constructor(
    private readonly process: ServiceProcess,
    readonly url: string,
    readonly port: number,
    private readonly before: ReadonlySet<string>,
  ) {}

  static async start(variables: NodeJS.ProcessEnv): Promise<WatchedService> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const service = new ServiceProcess(
      {
        PORT: String(port),
        SIMULATOR: 'off',
        LOG_LEVEL: 'error',
        HEARTBEAT_SECONDS: '86400',
        ...LISTS,
        ...variables,
      },
      { nodeOptions: ['--expose-gc', '--import', `data:text/javascript,${TELL_MEMORY}`] },
    );
    const first = await until(
      () => scrape({ url }).catch(() => undefined),
      (all) => all !== undefined,
    );
    return new WatchedService(service, url, port, new Set(first?.keys()));
  }

  /** What a source has received, since earlier counts if there are any. */
  async counts(source: Source, before?: Counts): Promise<Counts> {
    let [recorded, rejected, skipped, pushes] = [0, 0, 0, 0];
    for (const [series, value] of await scrape(this)) {
      if (series.startsWith(PUSHES)) pushes += value;
      if (!series.includes(`source="${source}"`)) continue;
      if (series.startsWith('service_collector_observations_total')) recorded += value;
      if (series.startsWith('service_collector_observations_rejected_total')) rejected += value;
      if (series.startsWith('service_collector_skipped_total')) skipped += value;
    }
    const { recorded: earlier = 0, rejected: refused = 0, beyondRequests = 0 } = before ?? {};
    return {
      recorded: recorded - earlier,
      rejected: rejected - refused,
      skipped: skipped - (before?.skipped ?? 0),
      received: recorded + rejected - earlier - refused,
      beyondRequests: recorded + rejected - pushes - beyondRequests,
    };
  }

  /** Waits until nobody is connected. Throws if an error was logged, or a series has come that is not allowed. */
  async check(): Promise<void> {
    const all = await until(
      () => scrape(this),
      (now) => now.get('connected_clients') === 0,
    );
    if (this.process.output !== '') throw new Error(`it has logged: ${this.process.output}`);
    const come = [...all.keys()].filter((series) => !this.before.has(series));
    const strange = come.filter((series) => !ALLOWED.some((pattern) => pattern.test(series)));
    if (strange.length > 0) throw new Error(`series that were not there before: ${strange.join('\n')}`);
  }

  /** Bytes in use. */
  async memory(): Promise<number> {
    this.process.signal('SIGUSR2');
    const [line, bytes] = await this.process.logged(/^held (\d+)\n/m);
    this.process.output = this.process.output.replace(line, '');
    return Number(bytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
  }
}
