// `npm run generate` writes prom/grafana/dashboards with this.
import { writeFileSync } from 'node:fs';
import { dashboards, print } from './print.js';

for (const dashboard of dashboards) {
  writeFileSync(`prom/grafana/dashboards/${dashboard.uid}.json`, print(dashboard));
}
