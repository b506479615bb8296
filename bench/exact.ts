import { OURS } from './report/table.js';
import type { Server } from './server.js';

/**
 * Does something to a server that sends it observations, and makes sure that service-collector records every one.
 *
 * @throws {Error} if it does not
 */
export async function recordingAll<T extends { observations: number }>(
  server: Server,
  source: 'http' | 'websocket',
  send: () => Promise<T>,
): Promise<T> {
  if (server.program.name !== OURS) return send();
  const series = `service_collector_observations_total{source="${source}"}`;
  const before = await server.sample(series);
  const outcome = await send();
  const recorded = (await server.sample(series)) - before;
  if (recorded !== outcome.observations) {
    throw new Error(`${outcome.observations} observations were sent, ${recorded} recorded`);
  }
  return outcome;
}
