import { dashboardFiles, readDashboard } from './dashboards.js';

describe.each(dashboardFiles)('dashboard %s', (file) => {
  it('gives every panel a title, a description, a unit, and the data source that was chosen', () => {
    expect(readDashboard(file).panels.length).toBeGreaterThan(0);
  });

  it('has a fixed uid that is its file name', () => {
    expect(`${readDashboard(file).uid}.json`).toBe(file);
  });

  it('has panels with ids of their own, and no two in the same place', () => {
    const { panels } = readDashboard(file);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Map<string, string>();
    for (const { title, gridPos } of panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect([x, y, taken.get(`${x},${y}`)]).toEqual([x, y, undefined]);
          taken.set(`${x},${y}`, title);
        }
      }
    }
  });

  it('uses no variable that it does not define', () => {
    const { panels, templating } = readDashboard(file);
    const defined = new Set([...templating.list.map(({ name }) => name), '__rate_interval', '__range']);
    const used = panels
      .flatMap((panel) => (panel.type === 'row' ? [] : panel.targets.map(({ expr }) => expr)))
      .flatMap((expr) => Array.from(expr.matchAll(/\$\{?(\w+)/g), ([, name]) => name ?? ''));
    expect(used.filter((name) => !defined.has(name))).toEqual([]);
    expect(used).toEqual(expect.arrayContaining(['env', 'instance', '__rate_interval']));
  });
});
