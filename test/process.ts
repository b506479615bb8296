// Starts the built service as the process that an operator starts.
import { join, resolve } from 'node:path';
import { Program } from './program.js';

export const ROOT = join(__dirname, '..');

interface Start {
  cwd?: string;
  file?: string;
  nodeOptions?: readonly string[];
  /** A program, with its parameters, that becomes the one named after them, such as `prlimit` or `nsenter`. */
  through?: readonly string[];
}

export class ServiceProcess extends Program {
  constructor(
    variables: NodeJS.ProcessEnv = {},
    { cwd = ROOT, file = 'dist/service.js', nodeOptions = [], through = [] }: Start = {},
  ) {
    super([...through, process.execPath, ...nodeOptions, resolve(ROOT, file)], {
      cwd,
      env: { PATH: process.env['PATH'], HOST: '127.0.0.1', PORT: '0', ...variables },
    });
  }

  /** The service's address, once it listens. */
  async listening(): Promise<{ url: string; port: number }> {
    const [, url = '', port = ''] = await this.logged(/Listening on (https?:\/\/[^:]+:(\d+))/);
    return { url, port: Number(port) };
  }
}
