import { dashboardFiles, panelsOf, readDashboard, variablesIn } from './dashboards.js';

const dashboards = new Map(dashboardFiles.map(readDashboard).map((dashboard) => [dashboard.uid, dashboard]));
const variables = (uid: string): string[] =>
  dashboards.get(uid)?.templating.list.map(({ name }) => name) ?? [];

describe.each(dashboardFiles)('dashboard %s', (file) => {
  const dashboard = readDashboard(file);
  const panels = panelsOf(dashboard);

  it('gives every panel a title of its own, a description, a unit, and the data source that was chosen', () => {
    expect(panels.length).toBeGreaterThan(0);
    const titles = panels.map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });

  it('has a fixed uid that is its file name', () => {
    expect(`${dashboard.uid}.json`).toBe(file);
  });

  it('has panels with ids of their own, which fill its 24 columns with no two in the same place', () => {
    const all = dashboard.panels;
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    const taken = new Map<string, string>();
    for (const { title, gridPos } of all) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect([x, y, taken.get(`${x},${y}`)]).toEqual([x, y, undefined]);
          taken.set(`${x},${y}`, title);
        }
      }
    }
    expect(taken.size).toBe(24 * Math.max(...all.map(({ gridPos: { y, h } }) => y + h)));
  });

  it('uses the variables that it defines, and no others', () => {
    const used = panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => variablesIn(expr)));
    const builtIn = new Set(['__rate_interval', '__range']);
    const defined = variables(dashboard.uid).filter((name) => name !== 'datasource');
    expect(new Set(used.filter((name) => !builtIn.has(name)))).toEqual(new Set(defined));
  });

  it('tells the queries of a panel apart', () => {
    for (const { title, targets } of panels) {
      expect([title, new Set(targets.map(({ refId }) => refId)).size]).toEqual([title, targets.length]);
    }
  });

  it('leads to every other dashboard, with time range and variables', () => {
    const others = [...dashboards.keys()].filter((uid) => uid !== dashboard.uid);
    expect(dashboard.links.map(({ url }) => url)).toEqual(others.map((uid) => `/d/${uid}`));
  });

  it('leads from panels to where there is more, with the time range and what was chosen', () => {
    const links = panels.flatMap(({ fieldConfig }) => fieldConfig.defaults.links);
    expect(links).not.toHaveLength(0);
    for (const { url } of links) {
      const [, uid = '', ...parameters] = url.split(/\/d\/|[?&]/);
      expect(parameters.slice(0, 2)).toEqual(['${__url_time_range}', '${datasource:queryparam}']);
      for (const parameter of parameters.slice(1)) {
        const [, chosen, set = chosen] = /^\$\{(\w+):queryparam\}$|^var-(\w+)=/.exec(parameter) ?? [];
        expect([url, variables(uid)]).toEqual([url, expect.arrayContaining([set])]);
        if (chosen !== undefined) expect(variables(dashboard.uid)).toContain(chosen);
      }
    }
  });

  it('gives each class of status codes the same colour everywhere', () => {
    const colours = { 1: '#8e8e8e', 2: '#73bf69', 3: '#5794f2', 4: '#ff9830', 5: '#f2495c' };
    const coloured = panels.flatMap(({ fieldConfig }) =>
      fieldConfig.overrides.flatMap(({ matcher, properties }) =>
        properties.filter(({ id }) => id === 'color').map(({ value }) => [matcher.options, value] as const),
      ),
    );
    expect(coloured.length).toBeGreaterThanOrEqual(5);
    for (const [name, value] of coloured) {
      const [, digit = ''] = /^(?:\/ )?([1-5])(?:00|\\d\\d\$\/)$/.exec(name) ?? [];
      const fixedColor: unknown = Reflect.get(colours, digit);
      expect([name, value]).toEqual([name, expect.objectContaining({ fixedColor })]);
    }
  });

  it('shows the state of the alerts, and which versions run', () => {
    const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join('\n');
    expect(expressions).toContain('ALERTS{job="service-collector"');
    expect(expressions).toContain('service_collector_build_info');
  });
});
