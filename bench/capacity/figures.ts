// What the plan and the simulations start from.

/** Observations a second that one replica records with its processor fully used, pushed and over a WebSocket: the soak of docs/performance.md. */
export const REPLICA = 320_178 + 567_351;

/** Bytes of an observation in a batch: `{"env":"production","statuscode":503,"seconds":0.212}` and a comma. */
export const OBSERVATION = 54;

/** Observations in a message or request. Beyond a thousand there is little left to gain: docs/performance.md. */
export const BATCH = 1_000;

/** Series of a replica that has seen all 500 status codes of two environments, and its own: docs/long-term-storage.md. */
export const SERIES = 1_200;

/** Seconds between two scrapes: deploy/kubernetes/base/pod-monitor.yaml. */
export const SCRAPE_INTERVAL = 15;

/** The share of its processor that a replica is to use: deploy/kubernetes/base/horizontal-pod-autoscaler.yaml. */
export const UTILIZATION = 0.6;

/** Copies that JetStream keeps of a message: what NATS recommends where a server may be lost. */
export const COPIES = 3;

/** Bytes a second that a broker's network takes in: half of 10 Gbit/s, so that another server's share fits beside its own. */
export const BROKER = 10e9 / 8 / 2;

export const LOADS = [1e6, 10e6, 100e6];
