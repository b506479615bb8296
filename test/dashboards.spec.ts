import { dashboards as made, print } from '../prom/grafana/source/print.js';
import { type Dashboard, dashboardFiles, dashboardJson, readDashboard } from './dashboards.js';
import { nameOf, records } from './rules.js';
import { startService } from './service.js';

const dashboards = new Map(dashboardFiles.map((file) => [file, readDashboard(file)]));
const variables = new Map(
  Array.from(dashboards.values(), ({ uid, templating }) => [uid, templating.list.map(({ name }) => name)]),
);

function expressionsOf({ panels }: Dashboard): string[] {
  return panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
}

describe('the dashboards', () => {
  it('are what `npm run generate` writes', () => {
    const written = made.map((dashboard) => [`${dashboard.uid}.json`, print(dashboard)]);
    const committed = dashboardFiles.map((file) => [file, dashboardJson(file)]);
    expect(Object.fromEntries(committed)).toEqual(Object.fromEntries(written));
  });

  it('ask for metrics that the service shows, a rule records or Prometheus has', async () => {
    await using service = await startService({ SERVICES: 'shop' });
    const page = await (await fetch(`${service.url}/metrics`)).text();
    const known = new Set([
      ...Array.from(page.matchAll(/^# TYPE (\w+) /gm), ([, name]) => name),
      ...records.map(nameOf),
      'ALERTS',
      'up',
      'scrape_duration_seconds',
      'scrape_samples_scraped',
    ]);
    const asked = [...dashboards.values()]
      .flatMap(expressionsOf)
      .flatMap((expr) => expr.match(/[\w:]+(?=\{)|\w+:[\w:]+/g) ?? []);
    expect(asked).not.toEqual([]);
    const unknown = asked.filter(
      (name) => !known.has(name) && !known.has(name.replace(/_(bucket|sum|count)$/, '')),
    );
    expect(unknown).toEqual([]);
  });
});

describe.each(Array.from(dashboards))('dashboard %s', (_file, dashboard) => {
  const { links, panels, uid } = dashboard;

  it('gives every panel a title of its own, and fills its 24 columns', () => {
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
    const widths = new Map<number, number>();
    for (const { gridPos } of panels) widths.set(gridPos.y, (widths.get(gridPos.y) ?? 0) + gridPos.w);
    expect([...widths].filter(([, width]) => width !== 24)).toEqual([]);
  });

  it('uses the variables that it defines, and no others', () => {
    const used = expressionsOf(dashboard).flatMap((expr) =>
      Array.from(expr.matchAll(/\$(\w+)/g), ([, name]) => name),
    );
    const given = ['datasource', '__rate_interval', '__range'];
    expect(new Set([...given, ...used])).toEqual(new Set([...given, ...(variables.get(uid) ?? [])]));
  });

  it('links to existing dashboards, and sets existing variables', () => {
    const all = [...links, ...panels.flatMap(({ fieldConfig }) => fieldConfig?.defaults.links ?? [])];
    for (const { url } of all) {
      const [, to = '', parameters = ''] = /^\/d\/([\w-]+)(?:\?(.*))?$/.exec(url) ?? [];
      const set = Array.from(
        parameters.matchAll(/\{(\w+):queryparam|var-(\w+)=/g),
        ([, kept, label]) => kept ?? label,
      );
      expect([url, variables.get(to)]).toEqual([url, expect.arrayContaining(set)]);
    }
  });
});
