import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readlinkSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './process.js';
import { until } from './service.js';

const directory = mkdtempSync(join(tmpdir(), 'bench-'));

function startBench(...args: string[]): ChildProcess {
  return spawn(process.execPath, [join(ROOT, 'build/bench/run.js'), ...args], {
    env: { PATH: process.env['PATH'], TMPDIR: directory },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** The processes that work in the directory; all that a bench starts do. */
function processesLeft(): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`).startsWith(directory);
    } catch {
      return false; // it has just ended, or is not ours
    }
  });
}

describe('the benchmark', () => {
  afterEach(async () => {
    expect(readdirSync(directory)).toEqual([]);
    // A process that was killed may take a moment to be gone.
    await until(processesLeft, (left) => left.length === 0);
  });

  afterAll(() => rmdirSync(directory));

  it('compares the service with its peers and prints JSON for machines', async () => {
    const bench = startBench('some', '--quick', '--json');
    let output = '';
    bench.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    bench.stderr?.resume();
    expect(await once(bench, 'close')).toEqual([0, null]);

    const row = (name: string): unknown =>
      expect.objectContaining({
        name,
        median: expect.any(Number),
        min: expect.any(Number),
        max: expect.any(Number),
        samples: [expect.any(Number)],
      });
    const table = {
      quantity: expect.objectContaining({ name: expect.any(String), unit: expect.any(String) }),
      rows: ['service-collector', 'naive Nest', 'bare Express', 'bare node:http'].map(row),
    };
    expect(JSON.parse(output)).toEqual({
      machine: expect.objectContaining({ node: process.version, pinning: expect.any(String) }),
      options: expect.objectContaining({ rounds: 1, quick: true }),
      benches: [{ name: 'some', title: expect.any(String), tables: [table, table] }],
    });
  });

  it('ends all that it started when it is interrupted', async () => {
    const bench = startBench('some', '--json');
    const begun = new Promise<void>((resolve) => {
      bench.stderr?.on('data', (chunk: Buffer) => {
        if (chunk.toString().includes('preparation: naive Nest')) resolve();
      });
    });
    await begun;
    expect(processesLeft()).not.toEqual([]);
    bench.kill('SIGINT');
    expect(await once(bench, 'exit')).toEqual([130, null]);
  });

  it('says what there is if it is asked for something else', async () => {
    const bench = startBench('everything');
    let output = '';
    bench.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    expect(await once(bench, 'close')).toEqual([1, null]);
    expect(output).toContain('there is no bench everything, only record, render, ');
  });
});
