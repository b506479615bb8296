import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dashboardFiles, readDashboard } from './dashboards.js';
import { ROOT } from './process.js';
import { alerts, nameOf, promtoolTests, records } from './rules.js';

const runbook = readFileSync(join(ROOT, 'prom/runbook.md'), 'utf8');
const chapters = new Map(
  runbook
    .split(/^## /m)
    .slice(1)
    .map((chapter) => [chapter.split('\n', 1)[0] ?? '', chapter]),
);
const panels = dashboardFiles.flatMap((file) => readDashboard(file).panels);

describe.each(alerts.map((alert) => [alert.alert, alert] as const))('the alert %s', (name, alert) => {
  it('links to its heading in the runbook, which says what it means, how to look and what to do', () => {
    expect(alert.annotations.runbook_url).toBe(
      `{{ or $externalLabels.runbook "prom/runbook.md" }}#${name.toLowerCase()}`,
    );
    const parts = Array.from(chapters.get(name)?.matchAll(/^\*\*(.*)\*\*/gm) ?? [], ([, part]) => part);
    expect(parts).toEqual(['What it means.', 'How to look.', 'What to do.']);
  });

  it('has a unit test in which it fires, and one in which it stays silent', () => {
    const expectations = (title: string): number[] =>
      promtoolTests
        .filter((test) => test.name.startsWith(`${name} ${title}`))
        .flatMap((test) => test.alert_rule_test.filter(({ alertname }) => alertname === name))
        .map(({ exp_alerts }) => exp_alerts.length);
    expect(expectations('fires')).toContain(1);
    expect(expectations('stays silent')).toContain(0);
  });
});

describe('the runbook', () => {
  it('has a heading for each alert, and for nothing else', () => {
    expect([...chapters.keys()].toSorted()).toEqual(alerts.map(nameOf).toSorted());
  });

  it('names panels and headings that are there', () => {
    const named = Array.from(runbook.matchAll(/"([A-Z][^"]+)"/g), ([, title]) => title);
    const titles = new Set(panels.map(({ title }) => title));
    expect(named.filter((title) => !titles.has(title ?? ''))).toEqual([]);
    const anchors = Array.from(runbook.matchAll(/\(#(\w+)\)/g), ([, anchor = '']) => anchor);
    const headings = new Set([...chapters.keys()].map((heading) => heading.toLowerCase()));
    expect(anchors.filter((anchor) => !headings.has(anchor))).toEqual([]);
  });
});

describe.each([...new Set(records.map(nameOf))])('the recorded %s', (name) => {
  it('is named level:metric:operations, and used', () => {
    expect(name).toMatch(/^[a-z_]+:[a-z_]+:[a-z0-9_]+$/);
    const expressions = [...alerts, ...records, ...panels.flatMap(({ targets }) => targets)];
    expect(expressions.some(({ expr }) => expr.includes(name))).toBe(true);
  });
});
