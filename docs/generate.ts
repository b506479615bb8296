// `npm run generate` writes docs/configuration.md with this.
import { writeFileSync } from 'node:fs';
import { configurationPage } from './configuration.js';

writeFileSync('docs/configuration.md', configurationPage());
