import type { AddressInfo } from 'node:net';
import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { formatOf, type LinesSettings } from '../../formats/lines/lines.settings.js';
import { parseFormat } from '../../formats/lines/parse-format.js';
import { Routes } from '../../recording/routes.js';
import { arrivals, Lifecycle } from '../../lifecycle/lifecycle.js';
import type { SyslogDropped } from '../../metrics/collectors.js';
import { messageOf } from '../../platform/message-of.js';
import { RefusalLog } from '../../platform/refusal-log.js';
import { RecorderService } from '../../recording/recorder.service.js';
import { Refusals } from '../../server/refusals.js';
import { SETTINGS, SettingsError } from '../../settings/token.js';
import { readDrops } from './drops.js';
import { Intake } from './intake.js';
import { type Admits, isIn, parseRanges, type Range } from './senders.js';
import { type SyslogSettings, urlOf } from './syslog.settings.js';
import { MOST_CONNECTIONS, TcpListener } from './tcp-listener.js';
import { UdpListener } from './udp-listener.js';

/** Milliseconds between two reads of the dropped datagrams. */
const DROPS_INTERVAL = 5_000;

/** Turns in which a shutdown reads arrived data, even if senders go on: more than the buffers of the kernel hold. */
const MOST_TURNS = 100;

/**
 * A source: syslog messages, each a line of an access log, become observations. Datagrams that the kernel drops are counted.
 * Messages in flight when a connection ends are lost, because syslog has no acknowledgements.
 */
@Injectable()
export class SyslogService implements OnApplicationBootstrap {
  /** The addresses it listens on, in the order of SYSLOG. */
  readonly addresses: AddressInfo[] = [];
  private readonly logger = new Logger('SyslogService');
  private readonly refusalLog = new RefusalLog(this.logger, '; see docs/syslog.md');
  private readonly listeners: (TcpListener | UdpListener)[] = [];
  private readonly allowed: readonly Range[];
  private watching: NodeJS.Timeout | undefined;
  private drops = 0;

  constructor(
    @Inject(SETTINGS) private readonly settings: SyslogSettings & LinesSettings,
    private readonly recorder: RecorderService,
    private readonly refusals: Refusals,
    lifecycle: Lifecycle,
    @InjectMetric('service_collector_syslog_dropped_total') private readonly dropped: SyslogDropped,
  ) {
    this.allowed = parseRanges(settings.SYSLOG_ALLOWED_SENDERS);
    recorder.configure('syslog');
    lifecycle.onStop('syslog', () => this.stop());
  }

  /** @throws {SettingsError} if it cannot listen on an address */
  async onApplicationBootstrap(): Promise<void> {
    const ignored = new Routes(this.settings.ACCESS_LOG_IGNORE);
    for (const entry of this.settings.SYSLOG) {
      const url = urlOf(entry);
      const format = parseFormat(formatOf(entry.env, this.settings));
      const intake = new Intake(this.recorder, entry, format, ignored, url, this.refusalLog);
      const admits: Admits = (address, connections) => this.admits(url, address, connections);
      const Listener = entry.protocol === 'udp' ? UdpListener : TcpListener;
      const listener = new Listener(entry, intake, admits);
      const address = await listener.listen().catch((error: unknown) => {
        throw new SettingsError(
          `Cannot start, because it cannot listen on SYSLOG=${url}: ${messageOf(error)}`,
        );
      });
      this.listeners.push(listener);
      this.addresses.push(address);
      this.logger.log(`Listening for syslog on ${urlOf({ ...entry, ...address })}`);
    }
    this.watching = setInterval(() => void this.countDrops(), DROPS_INTERVAL);
  }

  /** Reads what has arrived, but nothing that arrives later, and closes all connections. */
  private async stop(): Promise<void> {
    clearInterval(this.watching);
    const reads = (): number => this.listeners.reduce((sum, listener) => sum + listener.reads, 0);
    for (let turn = 0, before = NaN; turn < MOST_TURNS && before !== reads(); turn++) {
      before = reads();
      await arrivals();
    }
    await this.countDrops();
    for (const listener of this.listeners) await listener.close();
  }

  private admits(url: string, address = '', connections = 0): boolean {
    const isAllowed = isIn(this.allowed, address);
    if (isAllowed && connections < MOST_CONNECTIONS) return true;
    this.refusals.count(isAllowed ? 'connections_limit' : 'syslog_sender');
    this.refusalLog.add(
      () => `a sender on ${url}`,
      isAllowed ? `${connections} connections are open` : `${address} is not in SYSLOG_ALLOWED_SENDERS`,
      isAllowed ? 'connection' : 'sender',
    );
    return false;
  }

  private async countDrops(): Promise<void> {
    const sockets = this.addresses.filter((_, i) => this.listeners[i] instanceof UdpListener);
    const drops = await readDrops(sockets);
    this.dropped.inc(Math.max(0, drops - this.drops));
    this.drops = drops;
  }
}
