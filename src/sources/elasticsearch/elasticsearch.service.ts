import { setTimeout } from 'node:timers/promises';
import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { Lifecycle } from '../../lifecycle/lifecycle.js';
import type {
  ElasticsearchLastSuccess,
  ElasticsearchLateDocuments,
  ElasticsearchPollDuration,
  ElasticsearchPolls,
} from '../../metrics/collectors.js';
import { pauseAfter } from '../../platform/backoff.js';
import { messageOf } from '../../platform/message-of.js';
import { RecorderService } from '../../recording/recorder.service.js';
import { SETTINGS } from '../../settings/token.js';
import { StateService } from '../../state/state.service.js';
import {
  BLANK,
  BUCKETS,
  type Cells,
  IncompleteAnswer,
  INVALID,
  NO_GROUP,
  partsOf,
  readAnswer,
  SUM,
  type Values,
} from './answer.js';
import { SearchClient, TooMuch } from './client.js';
import { lookUp, UnusableFields } from './look-up.js';
import { askedBy, questionOf, type SearchSettings } from './question.js';
import { type Question, SEARCH, searchBody } from './request.js';
import { type Clock, Windows } from './windows.js';

const SOURCE = 'elasticsearch';

/**
 * A source: documents in Elasticsearch or OpenSearch. Each poll counts them by an aggregation, and records by how much the
 * counts have grown. docs/elasticsearch.md says which documents are missed, and which count twice.
 */
@Injectable()
export class ElasticsearchService implements OnApplicationBootstrap {
  private readonly logger = new Logger('ElasticsearchService');
  private readonly client: SearchClient;
  private readonly stopping = new AbortController();
  private readonly started = clock();
  private readonly unitsPerSecond: number;
  /** The search; unknown at the start and after a failed poll. */
  private question: Question | undefined;
  private running: Promise<void> | undefined;
  private failures = 0;
  /** Why the last poll failed, without numbers; undefined if it succeeded. */
  private failure: string | undefined;
  private notice: string | undefined;

  constructor(
    @Inject(SETTINGS) private readonly settings: SearchSettings,
    private readonly recorder: RecorderService,
    private readonly state: StateService,
    lifecycle: Lifecycle,
    @InjectMetric('service_collector_elasticsearch_last_success_timestamp_seconds')
    private readonly lastSuccess: ElasticsearchLastSuccess,
    @InjectMetric('service_collector_elasticsearch_polls_total') private readonly polls: ElasticsearchPolls,
    @InjectMetric('service_collector_elasticsearch_poll_duration_seconds')
    private readonly pollDuration: ElasticsearchPollDuration,
    @InjectMetric('service_collector_elasticsearch_late_documents_total')
    private readonly lateDocuments: ElasticsearchLateDocuments,
  ) {
    this.client = new SearchClient(settings);
    this.unitsPerSecond = questionOf(settings, {}, []).unitsPerSecond;
    recorder.configure(SOURCE);
    lifecycle.onStop('Elasticsearch', () => this.stop());
    for (const result of ['ok', 'error', 'incomplete', 'unusable']) polls.series({ result });
  }

  async onApplicationBootstrap(): Promise<void> {
    const windows = this.goOn();
    await this.state.keep(SOURCE, windows.save(), () => windows.save());
    this.running = this.run(windows);
  }

  private async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    this.client.close();
  }

  /** The windows of an earlier run, if its search was the same. */
  private goOn(): Windows {
    const { ELASTICSEARCH_LOOK_BACK_SECONDS, ELASTICSEARCH_START } = this.settings;
    const asked = askedBy(this.settings, this.recorder.bounds);
    const windowsOf = (state: unknown): Windows =>
      new Windows(asked, ELASTICSEARCH_LOOK_BACK_SECONDS * 1000, ELASTICSEARCH_START, this.started, state);
    try {
      const windows = windowsOf(this.state.stateOf(SOURCE));
      if (windows.gap > 0) {
        this.logger.warn(
          `The service was down for too long: documents of ${windows.gap / 1000} s are not counted`,
        );
      }
      return windows;
    } catch (error) {
      this.logger.warn(`Ignoring the document counts in STATE_DIR: ${messageOf(error)}`);
      return windowsOf(undefined);
    }
  }

  private async run(windows: Windows): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const begun = performance.now();
      const isDone = await this.poll(windows);
      const taken = performance.now() - begun;
      const pause = isDone
        ? this.settings.ELASTICSEARCH_INTERVAL_SECONDS * 1000 - taken
        : pauseAfter(this.failures++);
      await setTimeout(Math.max(0, pause), undefined, { signal }).catch(() => undefined);
    }
  }

  /** Counts new documents, and returns whether the poll was complete. */
  private async poll(windows: Windows): Promise<boolean> {
    const end = clock();
    const begun = performance.now();
    try {
      this.question = await this.prepare();
      await this.search(windows, this.question, end.now);
      windows.complete(end);
      this.polls.inc({ result: 'ok' });
      this.lastSuccess.set(end.now / 1000);
      this.pollDuration.observe({}, (performance.now() - begun) / 1000);
      if (this.failure !== undefined) this.logger.log('Counting documents again');
      this.failure = undefined;
      this.failures = 0;
      return true;
    } catch (error) {
      if (!this.stopping.signal.aborted) this.failed(error);
      return false;
    }
  }

  /** Looks up the fields if they are unknown, or if missing ones may exist now. */
  private async prepare(): Promise<Question> {
    if (this.question && this.notice === '') return this.question;
    const { fields, missing } = await lookUp(
      this.client,
      this.settings,
      this.recorder.labels,
      this.stopping.signal,
    );
    const notice = missing
      .map(({ name, role }) => `no index has the field ${name}, so the ${role} is not known`)
      .join('; ');
    if (notice !== this.notice) {
      const names = Object.entries(fields).map(([role, { name }]) => `${role} ${name}`);
      this.logger.log(
        `Counting documents of ${this.settings.ELASTICSEARCH_INDEX}: ${names.join(', ')}${notice && `; ${notice}`}`,
      );
    }
    this.notice = notice;
    return questionOf(this.settings, fields, this.recorder.bounds);
  }

  private async search(windows: Windows, question: Question, now: number): Promise<void> {
    let range = windows.next(now);
    while (range) {
      const [from, to] = range;
      try {
        const answer = await this.client.ask(SEARCH, searchBody(question, from, to), this.stopping.signal);
        const groupOf = ({ env = this.settings.ELASTICSEARCH_ENV, service, method, route }: Values): number =>
          this.recorder.labels.groupOf(this.recorder.labels.environment(env), service, method, route);
        this.record(windows, readAnswer(answer, question, from, to, groupOf), to);
        range = windows.next(now, to);
      } catch (error) {
        if (!(error instanceof TooMuch) || !windows.shrink()) throw error;
        range = windows.next(now, from);
      }
    }
  }

  /** Runs in one turn, so that no page shows a part of it, and the saved state matches the counts. */
  private record(windows: Windows, cells: Cells, to: number): void {
    const durations = new Map<number, { counts: Float64Array; sum: number }>();
    windows.take(cells, to, (cell, step, isLate) => {
      const [group, outcome] = partsOf(cell);
      if (outcome === BLANK) this.recorder.skip(SOURCE, step);
      else if (outcome === INVALID)
        this.recorder.refuse(SOURCE, group === NO_GROUP ? 'invalid_env' : 'invalid_statuscode', step);
      else if (outcome !== SUM && outcome < BUCKETS) {
        this.recorder.recordCounts(SOURCE, group, outcome, step);
        if (isLate) this.lateDocuments.inc({}, step);
      } else {
        const known = durations.get(group) ?? {
          counts: new Float64Array(this.recorder.bounds.length + 1),
          sum: 0,
        };
        if (outcome === SUM) known.sum += step / this.unitsPerSecond;
        else known.counts[outcome - BUCKETS] = (known.counts[outcome - BUCKETS] ?? 0) + step;
        durations.set(group, known);
      }
    });
    for (const [group, { counts, sum }] of durations) this.recorder.recordDurations(group, counts, sum);
  }

  private failed(error: unknown): void {
    this.question = undefined;
    const result =
      error instanceof UnusableFields
        ? 'unusable'
        : error instanceof IncompleteAnswer || error instanceof TooMuch
          ? 'incomplete'
          : 'error';
    this.polls.inc({ result });
    const message = messageOf(error);
    const kind = message.replace(/\d+/g, ''); // counts and sizes differ each time
    if (kind !== this.failure) {
      this.logger.warn(
        `Cannot count documents of ${this.settings.ELASTICSEARCH_INDEX}, retrying: ${message}`,
      );
    }
    this.failure = kind;
  }
}

function clock(): Clock {
  return { now: Date.now(), monotonic: performance.now() };
}
