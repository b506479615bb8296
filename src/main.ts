import { onStopSignal } from './platform/signals.js';
import 'reflect-metadata';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { constants } from 'node:os';
import { Server as TlsServer } from 'node:tls';
import { SettingsError } from './settings/token.js';
import { type Given, givenToProcess, readSettings, type Settings } from './settings.js';

/**
 * Connections that may wait to be accepted, for example when thousands of clients reconnect after a restart. It is the
 * default limit of Linux (net.core.somaxconn). With Node's 511, the system would reset the others.
 */
const BACKLOG = 4096;

// The service goes on if it cannot write, because the disk is full or the pipe is closed.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

const [, , command, ...rest] = process.argv;
if (command === '--check') process.exit(await (await import('./check.js')).check());
if (command === '--explain') process.exit(await (await import('./explain.js')).explain(rest[0]));
if (command !== undefined) {
  process.stderr.write(`Unknown argument ${command}\n`);
  process.exit(1);
}

// Nest and all that needs it are loaded only now, because the commands above start sooner without them.
const { createApplication, loggerFor } = await import('./application.js');
const { Lifecycle } = await import('./lifecycle/lifecycle.js');

const settings = await settingsOrExit();
const logger = loggerFor(settings);
process.on('uncaughtException', (error) => {
  logger.fatal(error instanceof SettingsError ? error.message : error);
  process.exit(1);
});

// Before it listens there is nothing to shut down.
let stop = (): Promise<void> => Promise.resolve();
let lifecycle: InstanceType<typeof Lifecycle> | undefined;
let stopping = false;
onStopSignal((signal) => {
  if (stopping && signal === 'SIGHUP') return; // when a terminal closes, it and its shell both send one
  if (stopping) {
    // Die from the signal: `process.exit()` would wait for a disk that hangs. Process 1 of a container needs the latter.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
    process.exit(128 + constants.signals[signal]);
  }
  stopping = true;
  logger.log(`${signal}: shutting down`, 'main');
  const limit = settings.SHUTDOWN_TIMEOUT_SECONDS;
  // End the process even if something hangs, such as a disk.
  setTimeout(() => end(`Shutdown did not finish within ${limit} s`), (limit + 1) * 1_000);
  void stop().then(() => (lifecycle?.pending.length ? end('Shutdown timeout reached') : process.exit(0)));
});

const app = await createApplication(settings);
await app.init();
const server: Server = app.getHttpServer();
server.listen({ port: settings.PORT, host: settings.HOST, backlog: BACKLOG });
await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
  logger.fatal(`Cannot listen on HOST=${settings.HOST} PORT=${settings.PORT}: ${reasonOf(error)}`);
  process.exit(1);
});
lifecycle = app.get(Lifecycle, { strict: false });
stop = () => app.close();
logger.log(`Listening on ${addressOf(server)}`, 'main');

async function settingsOrExit(): Promise<Settings> {
  let sources: Given = { variables: process.env };
  try {
    sources = await givenToProcess();
    return readSettings(sources.variables, sources.file);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    const format = sources.variables['LOG_FORMAT'] || sources.file?.values['LOG_FORMAT'];
    if (String(format).toLowerCase() === 'json')
      loggerFor({ LOG_LEVEL: 'fatal', LOG_FORMAT: 'json' }).fatal(error.message, 'main');
    else process.stderr.write(`${error.message}\n`);
    return process.exit(1);
  }
}

/** Ends a process in which something hangs. By SIGKILL, because Node would wait for threads that read and write files. */
function end(message: string): void {
  logger.fatal(
    `${message}, exiting without waiting for ${lifecycle?.pending.join(', ') || 'its connections'}`,
    'main',
  );
  process.exitCode = 1;
  process.kill(process.pid, 'SIGKILL');
  process.abort(); // process 1 of a container cannot kill itself
}

function reasonOf(error: NodeJS.ErrnoException): string {
  return error.code === 'EADDRINUSE' ? 'another program uses this port' : error.message;
}

function addressOf(listening: Server): string {
  const address = listening.address();
  if (address === null || typeof address === 'string') return String(address);
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `${listening instanceof TlsServer ? 'https' : 'http'}://${host}:${address.port}`;
}
