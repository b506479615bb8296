// `npm run capacity`: prints the tables of docs/scaling.md.
import { reportText } from './report.js';

process.stdout.write(reportText());
