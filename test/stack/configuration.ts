// Shipped configurations of scrapers, with the addresses and intervals of a test.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { ROOT } from '../process.js';

interface ShippedConfiguration {
  global: { evaluation_interval?: string };
  rule_files?: string[];
  scrape_configs: { static_configs?: { targets: string[] }[] }[];
  remote_write?: { url: string; queue_config?: object }[];
}

export interface Configuration {
  /** Path of the shipped configuration, from the repository's root. */
  file: string;
  /** What stands in it for an address, and the address or addresses that the test has. */
  addresses: Readonly<Record<string, string | readonly string[]>>;
  /**
   * Replaces the intervals, also those of the rules, so that a test needs no minutes. A scrape may take as long, so a busy
   * machine makes some fail if it is much less than a second.
   */
  interval?: string;
  /** What stands in the files beside it, by their paths. */
  files?: Readonly<Record<string, string | Buffer>>;
}

/** Writes it, the rules that it names, and the files beside it into a folder. Returns its path. */
export function writeConfiguration(
  { file, addresses, interval = '1s', files = {} }: Configuration,
  folder: string,
): string {
  const config: ShippedConfiguration = parse(readFileSync(join(ROOT, file), 'utf8'));
  Object.assign(config.global, { scrape_interval: interval });
  if (config.global.evaluation_interval) config.global.evaluation_interval = interval;
  for (const group of config.scrape_configs.flatMap(({ static_configs = [] }) => static_configs)) {
    group.targets = group.targets.flatMap((target) => addresses[target] ?? target);
  }
  for (const storage of config.remote_write ?? []) {
    const { host } = new URL(storage.url);
    storage.url = storage.url.replace(host, String(addresses[host] ?? host));
    storage.queue_config = { batch_send_deadline: interval };
  }
  for (const pattern of config.rule_files ?? []) {
    copyRules(join(ROOT, dirname(file), dirname(pattern)), join(folder, dirname(pattern)), interval);
  }
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  const path = join(folder, 'configuration.yml');
  writeFileSync(path, stringify(config));
  return path;
}

/** Copies the files of rules in a folder, each group with another interval. */
function copyRules(from: string, to: string, interval: string): void {
  mkdirSync(to);
  for (const name of readdirSync(from).filter((entry) => entry.endsWith('.yml'))) {
    const file: { groups: object[] } = parse(readFileSync(join(from, name), 'utf8'));
    for (const group of file.groups) Object.assign(group, { interval });
    writeFileSync(join(to, name), stringify(file));
  }
}
