// docs/configuration.md, from the settings that the rooms of src declare.
import * as z from 'zod';
import { SETTINGS_BY_ROOM } from '../src/settings.js';

const HEAD = `# Configuration

Settings are environment variables, lines of a file \`.env\` in the working directory, or lines of the YAML file that
\`CONFIG_FILE\` names. The environment wins over \`.env\`, and \`.env\` over \`CONFIG_FILE\`. All are checked at the start, and all
problems are listed at once. An empty variable counts as unset. A setting that ends in \`_FILE\` holds a path. Files with secrets
and certificates are read again when they change.

In \`CONFIG_FILE\`, lists may be YAML lists, and a name that is not a setting is a problem:

\`\`\`yaml
PORT: 8080
ENVIRONMENTS: [testing, production]
ROUTES:
  - /cart
  - /users/:id
\`\`\`

\`--check\` prints all problems and exits with 1, or prints the settings in force, without secrets, and exits with 0:

\`\`\`sh
CONFIG_FILE=config.yaml node dist/service.js --check
docker run --rm --volume "$PWD/config.yaml:/config.yaml" --env CONFIG_FILE=/config.yaml service-collector --check
\`\`\`

<!-- This page is generated from src by \`npm run generate\`. -->
`;

export function configurationPage(): string {
  const sections = Object.entries(SETTINGS_BY_ROOM).map(([heading, fields]) => {
    const rows = Object.entries(fields).map(([name, field]) => [
      `\`${name}\``,
      defaultOf(field),
      z.globalRegistry.get(field)?.description ?? '',
    ]);
    return `## ${heading}\n\n${table([['name', 'default', 'meaning'], ...rows])}\n`;
  });
  return [HEAD, ...sections].join('\n');
}

function defaultOf(field: z.core.$ZodType): string {
  const value: unknown = z.parse(field, undefined);
  const text = Array.isArray(value)
    ? value.join(',')
    : typeof value === 'number'
      ? `${value}`
      : typeof value === 'string'
        ? value
        : '';
  return text && `\`${text}\``;
}

/** In the columns that Prettier would give it. */
function table(rows: string[][]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (cells: string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}
