import {
  BATCH,
  BROKER,
  COPIES,
  OBSERVATION,
  REPLICA,
  SCRAPE_INTERVAL,
  SERIES,
  UTILIZATION,
} from './figures.js';

/** Zones over which replicas and brokers are spread, one of which may be lost. */
const ZONES = 3;

export interface Plan {
  /** Observations a second. */
  load: number;
  replicas: number;
  /** The share of its processor that each replica uses. */
  busy: number;
  /** The same after a zone is lost, and nothing has replaced it. */
  busyWithoutZone: number;
  messagesPerSecond: number;
  bytesPerSecond: number;
  /** Servers of NATS, as far as their network decides. */
  brokers: number;
  series: number;
  samplesPerSecond: number;
}

/** What it takes for a load, in observations a second, that comes through a stream of NATS. */
export function planFor(load: number): Plan {
  const replicas = Math.max(ZONES, Math.ceil(load / (REPLICA * UTILIZATION)));
  const bytesPerSecond = load * OBSERVATION;
  const lost = Math.ceil(replicas / ZONES);
  return {
    load,
    replicas,
    busy: load / (REPLICA * replicas),
    busyWithoutZone: load / (REPLICA * (replicas - lost)),
    messagesPerSecond: load / BATCH,
    bytesPerSecond,
    brokers: Math.max(ZONES, Math.ceil((bytesPerSecond * COPIES) / BROKER)),
    series: replicas * SERIES,
    samplesPerSecond: (replicas * SERIES) / SCRAPE_INTERVAL,
  };
}
