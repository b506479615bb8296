import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { parse } from 'yaml';
import { NatsReporter } from '../../examples/node/nats-reporter.js';
import { accountOf } from '../accounting.js';
import { ROOT, ServiceProcess } from '../process.js';
import { push, sample, until } from '../service.js';
import { TemporaryFolder } from '../temporary-folder.js';
import { NatsServer } from './nats.js';

const run = promisify(execFile);

describe('the examples in shell', () => {
  let service: ServiceProcess;
  let url: string;
  beforeEach(async () => {
    service = new ServiceProcess({ SIMULATOR: 'off' });
    url = (await service.listening()).url;
  });
  afterEach(() => service[Symbol.asyncDispose]());

  const example = (name: string, parameters: string[] = [], address = url): Promise<{ stdout: string }> =>
    run(join(ROOT, 'examples', name), parameters, {
      env: { ...process.env, SERVICE_COLLECTOR_URL: address },
    });

  it('curl.sh sends JSON and NDJSON', async () => {
    const { stdout } = await example('curl.sh');
    expect(stdout).toBe('{"recorded":1}\n{"recorded":3}\n');
    expect(await accountOf({ url }, 'http')).toEqual({ recorded: 4, rejected: {}, responses: 4, timed: 3 });
  });

  it('cron.sh reports a command that succeeds, and hands on its output', async () => {
    const { stdout } = await example('cron.sh', ['echo', 'two words']);
    expect(stdout).toBe('two words\n');
    expect(await sample({ url }, 'response_code{env="production",statuscode="200",type="200"}')).toBe(1);
    expect(await sample({ url }, 'response_time_count{env="production"}')).toBe(1);
  });

  it('send the token that the collector asks for', async () => {
    await using guarded = new ServiceProcess({ SIMULATOR: 'off', INGEST_TOKEN: 'one' });
    const { url: address } = await guarded.listening();
    await expect(example('curl.sh', [], address)).rejects.toMatchObject({
      stdout: expect.stringContaining('401'),
    });
    process.env['SERVICE_COLLECTOR_TOKEN'] = 'one';
    await example('curl.sh', [], address);
    await example('cron.sh', ['true'], address);
    delete process.env['SERVICE_COLLECTOR_TOKEN'];
    const { recorded, rejected } = await accountOf({ url: address }, 'http');
    expect({ recorded, rejected }).toEqual({ recorded: 5, rejected: { unauthorized: 1 } });
  });

  it('cron.sh reports a command that fails, and hands on its exit code', async () => {
    await expect(example('cron.sh', ['sh', '-c', 'exit 3'])).rejects.toMatchObject({ code: 3 });
    expect(await sample({ url }, 'response_code{env="production",statuscode="500",type="500"}')).toBe(1);
  });
});

describe('what Fluent Bit and Vector send', () => {
  const LINE =
    '203.0.113.7 - - [29/Nov/2026:12:00:00 +0000] "GET /a?b=\\x22 HTTP/1.1" 503 200 "-" "curl/8" 0.250';
  const configuration = (name: string): string => readFileSync(join(ROOT, 'examples', name), 'utf8');

  /** What the expression of a configuration finds in a line of the log, as the configuration goes on to write it. */
  function observationIn(text: string): object {
    const [, expression = ''] = /'(" \(\?P?<status>.*)'/.exec(text) ?? [];
    const { status, time } = new RegExp(expression.replaceAll('?P<', '?<')).exec(LINE)?.groups ?? {};
    return { env: 'production', statuscode: Number(status), seconds: Number(time) };
  }

  it.each([
    ['fluent-bit/fluent-bit.yaml', 'application/json', (one: string) => `[${one},${one}]`],
    ['vector/vector.yaml', 'application/x-ndjson', (one: string) => `${one}\n${one}`],
  ])('by examples/%s is recorded', async (name, type, batch) => {
    await using service = new ServiceProcess({ SIMULATOR: 'off', INGEST_TOKEN: 'one' });
    const address = await service.listening();
    const text = configuration(name);
    expect(parse(text)).toBeTruthy();
    expect(text).toMatch(/(uri: |localhost:8080)\/observations$/m);
    const body = gzipSync(batch(JSON.stringify(observationIn(text))));
    const headers = { 'Content-Type': type, 'Content-Encoding': 'gzip', Authorization: 'Bearer one' };
    expect(await (await push(address, body, headers)).json()).toEqual({ recorded: 2 });
    expect(await sample(address, 'response_time_sum{env="production"}')).toBe(0.5);
  });
});

it('the unit of systemd is valid, and the service is confined by it', async () => {
  using folder = new TemporaryFolder();
  const unit = folder.file('service-collector.service');
  const text = readFileSync(join(ROOT, 'examples/systemd/service-collector.service'), 'utf8');
  writeFileSync(unit, text.replace('/usr/bin/node', process.execPath));
  expect(await run('systemd-analyze', ['verify', '--man=no', unit])).toEqual({ stdout: '', stderr: '' });
  // From 0 to 100; 2.0 of 10 is "OK".
  await run('systemd-analyze', ['security', '--offline=yes', '--threshold=20', unit]);
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const [, command = ''] = /^ExecStart=(.*)$/m.exec(text) ?? [];
  expect(`exec ${command.replaceAll(/\/(usr\/bin|opt\/service-collector)\//g, '')}`).toBe(
    scripts['start:prod'],
  );
});

describe('the reporter to a stream of NATS', () => {
  it('publishes all batches once, also while the server is killed and started again', async () => {
    await using nats = await NatsServer.start();
    await using service = new ServiceProcess({
      SIMULATOR: 'off',
      NATS_URL: nats.url,
      NATS_STREAM: 'outcomes',
    });
    const address = await service.listening();
    await service.logged(/Receiving observations from/);
    await using client = await nats.client({ reconnectTimeWait: 20 });
    const reporter = new NatsReporter({ connection: client.connection, env: 'production', interval: 5 });
    reporter.report({ statuscode: 799 }); // not published at all
    for (let i = 0; i < 2498; i++) reporter.report({ statuscode: 200, seconds: 0.01 });
    for (const seconds of [-1, NaN]) reporter.report({ statuscode: 200, seconds }); // as without
    await reporter.flush();
    await nats.kill();
    for (let i = 0; i < 2500; i++) reporter.report({ statuscode: 200, seconds: 0.01 });
    await nats.run();
    await reporter.close(60_000);
    const account = await until(
      () => accountOf(address, 'broker'),
      ({ recorded }) => recorded >= 5000,
    );
    expect(account).toMatchObject({ recorded: 5000, timed: 4998 });
    expect(reporter.dropped).toBe(1);
  });

  it('drops what does not fit while the server is away, and tells how much when it is closed', async () => {
    await using nats = await NatsServer.start();
    await using client = await nats.client();
    await nats.kill();
    const reporter = new NatsReporter({ connection: client.connection, env: 'production', capacity: 3 });
    for (const statuscode of [201, 202, 203, 204, 205]) reporter.report({ statuscode });
    expect(reporter.dropped).toBe(2);
    await reporter.close(0);
    expect(reporter.dropped).toBe(5);
  });
});
