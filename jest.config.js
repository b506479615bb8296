// The service runs as ES modules; Jest 30 cannot load those on Node 20, so it compiles both our TypeScript and Nest's
// packages to CommonJS (docs/decisions/0002).
const project = {
  testEnvironment: 'node',
  transform: {
    '\\.[jt]s$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          target: 'es2023',
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'commonjs' },
      },
    ],
  },
  transformIgnorePatterns: ['/node_modules/(?!@nestjs/)'],
  // It holds a copy of package.json.
  modulePathIgnorePatterns: ['<rootDir>/build/'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
};

export default {
  projects: [
    { ...project, displayName: 'unit', testMatch: ['<rootDir>/{src,bench}/**/*.spec.ts'] },
    { ...project, displayName: 'e2e', testMatch: ['<rootDir>/test/*.spec.ts'] },
    { ...project, displayName: 'stack', testMatch: ['<rootDir>/test/stack/**/*.spec.ts'] },
  ],
  // Not a limit on speed: it ends what would never end.
  testTimeout: 600_000,
  coverageProvider: 'v8',
  collectCoverageFrom: ['src/**/*.ts', '!src/**/*.spec.ts', '!src/live/page/**'],
  coverageReporters: ['text', 'lcov'],
};
