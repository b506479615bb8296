// Starts a real nats-server, and kills it.
import { writeFileSync } from 'node:fs';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect, type ConnectionOptions, type NatsConnection } from '@nats-io/transport-node';
import { Program } from '../program.js';
import { TemporaryFolder } from '../temporary-folder.js';

/** What its configuration file says for there to be streams. */
export const STREAMS = 'jetstream { store_dir: "streams" }';

export class NatsServer implements AsyncDisposable {
  private readonly folder = new TemporaryFolder();
  private program: Program | undefined;
  /** -1 has the server choose one when it is first run. */
  port = -1;

  private constructor(configuration: string) {
    writeFileSync(this.folder.file('nats.conf'), configuration);
  }

  static async start(configuration = STREAMS): Promise<NatsServer> {
    const server = new NatsServer(configuration);
    await server.run();
    return server;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** Starts it, on what it stored before, at the same port. */
  async run(): Promise<void> {
    this.program = new Program(
      ['nats-server', '--config=nats.conf', '--addr=127.0.0.1', `--port=${this.port}`],
      { cwd: this.folder.path },
    );
    const [, port] = await this.program.logged(/client connections on \S+:(\d+)[^]*Server is ready/);
    this.port = Number(port);
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    await this.program?.[Symbol.asyncDispose]();
  }

  /** A client, for a test to publish with and to ask how things stand. */
  async client(options: ConnectionOptions = {}): Promise<NatsClient> {
    const connection = await connect({ servers: this.url, maxReconnectAttempts: -1, ...options });
    return new NatsClient(connection, await jetstreamManager(connection, { checkAPI: false }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    this.folder[Symbol.dispose]();
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
