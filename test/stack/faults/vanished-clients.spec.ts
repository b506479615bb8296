import { join } from 'node:path';
import { ServiceProcess } from '../../process.js';
import { Program } from '../../program.js';
import { samples, until } from '../../service.js';
import { fakeTime } from './fake-time.js';
import { Namespace } from './namespace.js';

/** Addresses for documentation (RFC 5737), of which both ends are in namespaces of the test. */
const SERVICE = '192.0.2.1';
const CLIENTS = '192.0.2.2';

/** Clients of each kind. */
const COUNT = 20;

describe(`${COUNT} WebSocket clients, ${COUNT} requests with half a body and ${COUNT} with half a head, on a network that is cut`, () => {
  let here: Namespace;
  let there: Namespace;
  const programs: Program[] = [];
  beforeEach(async () => {
    here = await Namespace.open();
    there = await Namespace.open();
    await here.run('ip', 'link', 'add', 'here', 'type', 'veth', 'peer', 'there', 'netns', String(there.pid));
    await here.run('ip', 'address', 'add', `${SERVICE}/30`, 'dev', 'here');
    await there.run('ip', 'address', 'add', `${CLIENTS}/30`, 'dev', 'there');
    await here.run('ip', 'link', 'set', 'here', 'up');
    await there.run('ip', 'link', 'set', 'there', 'up');
  });
  afterEach(async () => {
    for (const program of [...programs, here, there]) await program[Symbol.asyncDispose]();
  });

  /** Connects clients from a namespace, and returns what counts the pings that they get. */
  async function connect(from: Namespace, ...parameters: readonly unknown[]): Promise<() => number> {
    const script = join(__dirname, 'vanishing-clients.js');
    const program = new Program([...from.enter, process.execPath, script, ...parameters.map(String)]);
    programs.push(program);
    await program.logged(/connected/);
    return () => program.output.split('ping').length - 1;
  }

  it('are gone at the second heartbeat and after a minute of silence, and half a body counts as incomplete', async () => {
    // Ten times as fast as real time: a heartbeat is three seconds and the minute is six.
    await using service = new ServiceProcess(
      { ...fakeTime, FAKETIME: '+0 x10', HOST: '0.0.0.0', SIMULATOR: 'off', HEARTBEAT_SECONDS: '30' },
      { through: here.enter },
    );
    const { port } = await service.listening();
    const scrape = async (): Promise<Map<string, number>> =>
      samples(await here.run('curl', '--silent', '--fail', `http://127.0.0.1:${port}/metrics`));
    const connections = 'nodejs_active_resources{type="TCPSocketWrap"}';

    const heartbeats = await connect(here, '127.0.0.1', port, 1, 0);
    await connect(there, SERVICE, port, COUNT, COUNT);
    const all = await until(scrape, (now) => now.get(connections) === 1 + 3 * COUNT + 1); // and the scrape's
    expect(all.get('connected_clients')).toBe(1 + COUNT);

    // Cut just after a heartbeat, so that the next one does not come in the middle of it.
    const before = heartbeats();
    await until(heartbeats, (now) => now > before);
    await there.run('ip', 'link', 'set', 'there', 'down');
    const passed = heartbeats();
    await service.logged(new RegExp(`(Dropping [^]*){${COUNT}}`));
    expect(heartbeats() - passed).toBeLessThanOrEqual(2);
    await until(scrape, (now) => now.get('connected_clients') === 1);
    const after = await until(scrape, (now) => now.get(connections) === 1 + 1);
    expect(
      after.get('service_collector_observations_rejected_total{source="http",reason="incomplete"}'),
    ).toBe(COUNT);
    expect(after.get('connected_clients')).toBe(1);
    expect(service.output.match(/no answer to the heartbeat/g)).toHaveLength(COUNT);
    const others = service.output
      .split('\n')
      .filter((line) => line.includes('WARN') && !line.includes('no answer to the heartbeat'));
    for (const line of others) expect(line).toMatch(/ Refused /);
    expect(others.length).toBeLessThan(COUNT); // a line every ten seconds, not one for each
  });
});
