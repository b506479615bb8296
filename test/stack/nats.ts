// Starts a real nats-server, and kills it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect, type ConnectionOptions, type NatsConnection } from '@nats-io/transport-node';
import { freePort } from '../service.js';

export class NatsServer implements AsyncDisposable {
  private child: ChildProcess | undefined;

  private constructor(
    private readonly directory: string,
    readonly port: number,
  ) {}

  /** @param configuration what its configuration file says besides; by default, that there are streams */
  static async start(configuration?: string): Promise<NatsServer> {
    const directory = mkdtempSync(join(tmpdir(), 'nats-'));
    const server = new NatsServer(directory, await freePort());
    const rest = configuration ?? `jetstream { store_dir: "${directory}" }`;
    writeFileSync(join(directory, 'nats.conf'), `listen: "127.0.0.1:${server.port}"\n${rest}\n`);
    await server.run();
    return server;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** Starts it, on what it stored before. */
  async run(): Promise<void> {
    const child = spawn('nats-server', ['--config', join(this.directory, 'nats.conf')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.child = child;
    const lines: string[] = [];
    for await (const line of createInterface(child.stderr)) {
      lines.push(line);
      if (line.includes('Server is ready')) break;
    }
    child.stderr.resume();
    if (!lines.at(-1)?.includes('Server is ready')) throw new Error(`it is not ready:\n${lines.join('\n')}`);
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    if (!this.child) return;
    const exit = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    this.child = undefined;
    await exit;
  }

  /** A client, for a test to publish with and to ask how things stand. */
  async client(options: ConnectionOptions = {}): Promise<NatsClient> {
    const connection = await connect({ servers: this.url, maxReconnectAttempts: -1, ...options });
    return new NatsClient(connection, await jetstreamManager(connection, { checkAPI: false }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.directory, { recursive: true });
  }
}

export class NatsClient implements AsyncDisposable {
  constructor(
    readonly connection: NatsConnection,
    readonly manager: JetStreamManager,
  ) {}

  /** Publishes a message to a stream, until it is stored; a stream stores a message once, however often it is sent. */
  async store(payload: string, id: string, subject = 'observations'): Promise<void> {
    for (;;) {
      const stored = await this.manager
        .jetstream()
        .publish(subject, payload, { msgID: id, timeout: 1_000 })
        .catch(() => undefined);
      if (stored) return;
    }
  }

  /** Messages that a stream holds; one that takes each out when it is acknowledged. */
  async left(stream: string): Promise<number> {
    return (await this.manager.streams.info(stream)).state.messages;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection.close();
  }
}
