import type { ServiceProcess } from '../../process.js';

const MEASURE =
  'process.on("SIGUSR2",()=>{gc();const{heapUsed,external}=process.memoryUsage();console.log("in use:",heapUsed+external)})';

/** Options for Node with which a service can be asked for `bytesInUse`. */
export const MEASURED = ['--expose-gc', `--import=data:text/javascript,${MEASURE}`];

/** Bytes that a service holds once its garbage is collected: the median of five measurements, as some lie amid its work. */
export async function bytesInUse(service: ServiceProcess): Promise<number> {
  const measured: number[] = [];
  while (measured.length < 5) {
    const before = service.output.length;
    service.signal('SIGUSR2');
    const [, bytes] = await service.logged(/in use: (\d+)\n/, before);
    measured.push(Number(bytes));
  }
  return measured.toSorted((a, b) => a - b)[2] ?? NaN;
}
