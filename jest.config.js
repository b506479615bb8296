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
          // Named, since otherwise it follows from the version of Node, and each version compiles everything again.
          target: 'es2023',
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'commonjs' },
      },
    ],
  },
  transformIgnorePatterns: ['/node_modules/(?!@nestjs/)'],
  cacheDirectory: '<rootDir>/node_modules/.cache/jest',
  setupFiles: ['<rootDir>/test/fuzz.ts'],
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
  // Jest's default leaves one core idle, which is half of two.
  maxWorkers: '100%',
  // Not a limit on speed: it ends what would never end, after `until` has said what it still waits for.
  testTimeout: 90_000,
  coverageProvider: 'v8',
  collectCoverageFrom: ['src/**/*.ts', '!src/**/*.spec.ts', '!src/live/page/**'],
  coverageReporters: ['text', 'lcov'],
  coverageThreshold: { global: { lines: 97, branches: 94 } },
};
