// The series that the dashboards ask for. All matchers of labels are made here, so that each panel asks for what is
// chosen in the variables at the top of its dashboard.

/** A variable at the top of a dashboard: a label, whose values are those that the series `from` have. */
export interface Variable {
  label: string;
  title: string;
  from: string;
}

export type Series = (metric: string, ...matchers: string[]) => string;

export const JOB = 'job="service-collector"';

/** Selects series of a metric: by the values chosen for these variables, and by matchers that stay the same. */
export function series(...by: (Variable | string)[]): Series {
  const always = by.map((given) => (typeof given === 'string' ? given : `${given.label}=~"$${given.label}"`));
  return (metric, ...matchers) => `${metric}{${[...always, ...matchers].join(', ')}}`;
}

/** How fast they rise per second, over a time that Grafana takes from the scrape interval and the time range. */
export function rate(selected: string): string {
  return `rate(${selected}[$__rate_interval])`;
}
