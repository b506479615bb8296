import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { endOf, type OnMessage } from './framing.js';
import type { Intake } from './intake.js';
import type { Admits } from './senders.js';
import type { SyslogEntry } from './syslog.settings.js';

/** Most senders whose formats are remembered. */
const MOST_SENDERS = 1_000;

/** Bytes that may wait in the kernel, if it allows so many (net.core.rmem_max). Datagrams beyond are dropped. */
const RECEIVE_BUFFER = 4 * 1024 * 1024;

/** Receives a message from each datagram. */
export class UdpListener {
  /** The number of reads. */
  reads = 0;
  private readonly socket;
  private readonly senders = new Map<string, OnMessage>();

  constructor(
    private readonly entry: SyslogEntry,
    private readonly intake: Intake,
    private readonly admits: Admits,
  ) {
    const type = entry.host.includes(':') ? 'udp6' : 'udp4';
    this.socket = createSocket({ type, recvBufferSize: RECEIVE_BUFFER });
    this.socket.on('message', (bytes, { address }) => this.take(bytes, address));
    this.socket.on('error', () => undefined); // an error of listening is thrown there
  }

  async listen(): Promise<AddressInfo> {
    const { host, port } = this.entry;
    const listening = once(this.socket, 'listening');
    this.socket.bind(port, host);
    await listening;
    return this.socket.address();
  }

  close(): void {
    this.socket.close();
  }

  private take(bytes: Buffer, address: string): void {
    this.reads++;
    const sender = this.senders.get(address) ?? this.admit(address);
    sender?.(bytes, 0, endOf(bytes, 0, bytes.length));
    this.intake.flush();
  }

  private admit(address: string): OnMessage | undefined {
    if (!this.admits(address)) return undefined;
    if (this.senders.size === MOST_SENDERS) {
      const [oldest = ''] = this.senders.keys();
      this.senders.delete(oldest);
    }
    const sender = this.intake.sender();
    this.senders.set(address, sender);
    return sender;
  }
}
