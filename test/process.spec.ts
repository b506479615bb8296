import { once } from 'node:events';
import { cpSync, writeFileSync } from 'node:fs';
import { connect as connectSocket, createServer } from 'node:net';
import { join } from 'node:path';
import { NatsStub } from './nats-stub.js';
import { ROOT, ServiceProcess } from './process.js';
import { connect, freePort, sample, until } from './service.js';
import { TemporaryFolder } from './temporary-folder.js';

describe('the process', () => {
  it('names every wrong setting and exits with 1', async () => {
    await using service = new ServiceProcess({ PORT: '80a', SIMULATOR: 'maybe' });
    expect(await service.exit).toBe(1);
    expect(service.output).toBe(
      [
        'Invalid configuration:',
        '  SIMULATOR="maybe" must be one of auto, on, off',
        '  PORT="80a" must be an integer from 0 to 65535',
        '',
      ].join('\n'),
    );
  });

  it('names them in one line of JSON if its log is JSON, as far as can be known', async () => {
    await using service = new ServiceProcess({ PORT: '80a', SIMULATOR: 'maybe', LOG_FORMAT: 'JSON' });
    expect(await service.exit).toBe(1);
    const [line = '', ...others] = service.output.trim().split('\n');
    expect(others).toEqual([]);
    expect(JSON.parse(line)).toMatchObject({
      level: 'fatal',
      message: expect.stringMatching(/^Invalid configuration:\n {2}SIMULATOR="maybe" .*\n {2}PORT="80a"/),
    });
  });

  it('logs times with their zone, wherever it runs', async () => {
    await using service = new ServiceProcess({ TZ: 'Asia/Tokyo', LC_ALL: 'de_DE.UTF-8' });
    const [, time = ''] = await service.logged(/ - (\S+) +LOG \[main\] Listening/);
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(Math.abs(Date.parse(time) - Date.now())).toBeLessThan(3_600_000);
  });

  it('reads .env in its working directory', async () => {
    using folder = new TemporaryFolder();
    writeFileSync(folder.file('.env'), 'LOG_LEVEL=loud\n');
    await using service = new ServiceProcess({}, { cwd: folder.path });
    expect(await service.exit).toBe(1);
    expect(service.output).toContain(
      'LOG_LEVEL="loud" must be one of verbose, debug, log, warn, error, fatal',
    );
  });

  it('says in one line that its port is in use and exits with 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = String(typeof address === 'object' ? address?.port : address);
    await using service = new ServiceProcess({ PORT: port, LOG_LEVEL: 'error' });
    expect(await service.exit).toBe(1);
    other.close();
    expect(service.output.trim().split('\n')).toEqual([
      expect.stringMatching(`Cannot listen on HOST=127.0.0.1 PORT=${port}: another program uses this port$`),
    ]);
  });

  it('says in one line that it has no such address and exits with 1', async () => {
    await using service = new ServiceProcess({ HOST: '192.0.2.1', LOG_LEVEL: 'error' }); // TEST-NET-1, RFC 5737
    expect(await service.exit).toBe(1);
    expect(service.output.trim().split('\n')).toEqual([
      expect.stringContaining('Cannot listen on HOST=192.0.2.1'),
    ]);
  });

  it('serves as `nest start` runs it too, from many files', async () => {
    await using service = new ServiceProcess({}, { file: 'dist/main.js' });
    const { url } = await service.listening();
    expect(await (await fetch(`${url}/some`)).text()).toBe('hello!');
  });

  it('needs nothing but its one file, its page and package.json', async () => {
    using folder = new TemporaryFolder();
    for (const name of ['package.json', 'dist/service.js', 'public']) {
      cpSync(join(ROOT, name), folder.file(name), { recursive: true });
    }
    await using broker = await NatsStub.listen();
    await using service = new ServiceProcess(
      { NATS_URL: broker.url, LOG_LEVEL: 'debug' },
      { file: folder.file('dist/service.js'), cwd: folder.path },
    );
    const { url } = await service.listening();
    expect(await (await fetch(`${url}/some`)).text()).toBe('hello!');
    const client = await connect({ url }, '/ws/a');
    await service.logged(/\[ClientsGateway\] "a" connected/);
    expect(service.output).toContain('[InstanceLoader] AppModule dependencies initialized');
    await service.logged(/\[BrokerService\] Receiving observations from observations/);
    client.terminate();
  });

  it.each([
    ['the disk is full', '> /dev/full 2>&1'],
    ['nobody reads the pipe', '> >(true) 2>&1'],
  ])('serves when it cannot log, as %s', async (_why, redirection) => {
    const port = await freePort();
    const through = ['bash', '-c', `exec "$@" ${redirection}`, 'bash'];
    await using service = new ServiceProcess({ PORT: String(port), LOG_LEVEL: 'debug' }, { through });
    const url = `http://127.0.0.1:${port}`;
    await until(
      () => fetch(`${url}/-/ready`).catch(() => undefined),
      (answer) => answer?.ok === true,
    );
    const client = await connect({ url }, '/ws/a'); // which is logged
    client.terminate();
    expect(await sample({ url }, 'service_collector_observations_total{source="http"}')).toBe(0);
    expect(service.output).toBe('');
  });

  it('serves, and logs lines of JSON with LOG_FORMAT=json', async () => {
    await using service = new ServiceProcess({ LOG_FORMAT: 'json' });
    const { url } = await service.listening();
    expect(await (await fetch(`${url}/some`)).text()).toBe('hello!');
    const lines = service.output.trim().split('\n');
    const logs = lines.map((line): unknown => JSON.parse(line));
    expect(logs).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        message: expect.stringContaining('The simulator adds random data'),
      }),
    );
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'shuts down gracefully on %s and exits with 0',
    async (signal) => {
      await using service = new ServiceProcess();
      const { url } = await service.listening();
      const client = await connect({ url }, '/ws/a');
      const closed = once(client, 'close');
      service.signal(signal);
      expect((await closed)[0]).toBe(1001);
      expect(await service.exit).toBe(0);
      expect(service.output).toContain(`${signal}: shutting down`);
    },
  );

  it.each(['SIGTERM', 'SIGINT'] as const)('is ended at once by a second signal, %s', async (signal) => {
    await using service = new ServiceProcess({ SHUTDOWN_TIMEOUT_SECONDS: '3600' });
    const { url } = await service.listening();
    const frozen = await connect({ url }, '/ws/a');
    frozen.pause();
    service.signal('SIGTERM');
    await service.logged(/SIGTERM: shutting down/);
    service.signal(signal);
    expect(await service.exit).toBeNull();
    frozen.terminate();
  });

  it('catches SIGTERM, SIGINT and SIGHUP from its first line on', async () => {
    const preload = `const on = process.on;
      process.on = function (event, ...rest) {
        if (event.startsWith('SIG')) console.log(event, Reflect.getMetadata === undefined);
        const result = on.call(this, event, ...rest);
        if (event === 'SIGHUP') process.kill(process.pid, event);
        return result;
      }`;
    const nodeOptions = [`--import=data:text/javascript,${encodeURIComponent(preload)}`];
    await using service = new ServiceProcess({}, { nodeOptions });
    expect(await service.exit).toBe(0);
    expect(service.output).toMatch(/^SIGTERM true\nSIGINT true\nSIGHUP true\n[^]*SIGHUP: shutting down/);
  });

  it('exits with 0 if it is told to stop before it listens', async () => {
    await using service = new ServiceProcess();
    await service.logged(/Starting Nest application/);
    service.signal('SIGTERM');
    expect(await service.exit).toBe(0);
  });

  it('exits with 0 at the shutdown timeout, not by a second SIGHUP, because terminal and shell send one each', async () => {
    await using service = new ServiceProcess({ SHUTDOWN_TIMEOUT_SECONDS: '1' });
    const { url, port } = await service.listening();
    const stuck = connectSocket(port, '127.0.0.1');
    stuck.write('POST /some HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n');
    const frozen = await connect({ url }, '/ws/a');
    frozen.pause();
    service.signal('SIGHUP');
    await service.logged(/SIGHUP: shutting down/);
    service.signal('SIGHUP');
    expect(await service.exit).toBe(0);
    expect(service.output).toContain('with unfinished requests: SHUTDOWN_TIMEOUT_SECONDS=1 has passed');
    frozen.terminate();
    stuck.destroy();
  });

  it.each([
    ['an unhandled rejection', 'void Promise.reject(new Error("nobody caught this"))'],
    ['an uncaught exception', 'throw new Error("nobody caught this")'],
  ])('logs %s and exits with 1', async (_what, statement) => {
    const fault = `data:text/javascript,process.on("SIGUSR2",()=>{${encodeURIComponent(statement)}})`;
    await using service = new ServiceProcess({}, { nodeOptions: [`--import=${fault}`] });
    await service.listening();
    service.signal('SIGUSR2');
    expect(await service.exit).toBe(1);
    expect(service.output).toMatch(/FATAL.*nobody caught this/);
  });
});
