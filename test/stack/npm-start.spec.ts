import { ROOT } from '../process.js';
import { Program } from '../program.js';
import { until } from '../service.js';

/** The processes of a group. */
async function members(group: number | undefined): Promise<string> {
  const list = new Program(['ps', '-eo', 'pgid=,args=']);
  await list.exit;
  return list.output
    .split('\n')
    .filter((line) => line.trim().startsWith(`${group} `))
    .join('\n');
}

describe('npm start', () => {
  it.each([
    ['SIGTERM to npm', 1, 'SIGTERM'],
    ['Ctrl-C, which a terminal sends to all', -1, 'SIGINT'],
    ['a terminal that is closed', -1, 'SIGHUP'],
  ] as const)('leaves no process behind after %s', async (_what, sign, signal) => {
    const env = { ...process.env, PORT: '0', HOST: '127.0.0.1' };
    // Built already.
    await using npm = new Program(['setsid', 'npm', 'start', '--ignore-scripts'], { cwd: ROOT, env });
    await npm.logged(/Listening on/);
    expect(await members(npm.pid)).toContain('dist/service.js');
    process.kill(sign * Number(npm.pid), signal);
    await npm.exit;
    await until(
      () => members(npm.pid),
      (left) => left === '',
    );
    expect(npm.output).toContain(`${signal}: shutting down`);
  });
});
