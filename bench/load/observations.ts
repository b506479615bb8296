/** What is sent to be recorded. */
export interface Observation {
  env: string;
  statuscode: number;
  seconds: number;
}

/** The environments that a service knows unless it is told others. */
export const ENVIRONMENTS = ['testing', 'production'];

/** Every code that the tutorial's data has. */
export const CODES = Array.from({ length: 499 }, (_, i) => 100 + i);

/** Random observations, the same in each run. */
export function observations(count: number): Observation[] {
  const random = randomNumbers();
  return Array.from({ length: count }, () => ({
    env: ENVIRONMENTS[Math.floor(random() * ENVIRONMENTS.length)] ?? '',
    statuscode: CODES[Math.floor(random() * CODES.length)] ?? NaN,
    seconds: Number((0.001 + random() * 9.999).toFixed(4)),
  }));
}

/** One observation for each pair of an environment and a code. */
export function oneOfEach(environments: readonly string[], codes: readonly number[]): Observation[] {
  return environments.flatMap((env) =>
    codes.map((statuscode) => ({ env, statuscode, seconds: statuscode / 100 })),
  );
}

/** Uniform in [0, 1), the same in each run: the linear congruential generator of Numerical Recipes. */
export function randomNumbers(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
