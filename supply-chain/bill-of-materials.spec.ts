import { billOf } from './bill-of-materials.js';

const component = (id: string) => ({ 'bom-ref': id, type: 'library' });

const ALL = JSON.stringify({
  bomFormat: 'CycloneDX',
  metadata: { component: { 'bom-ref': 'service-collector@0.1.0', name: 'clone', type: 'application' } },
  components: [component('express@5.3.0'), component('jest@30.5.2'), component('vary@1.1.2')],
  dependencies: [
    { ref: 'service-collector@0.1.0', dependsOn: ['express@5.3.0', 'jest@30.5.2'] },
    { ref: 'express@5.3.0', dependsOn: ['vary@1.1.2'] },
    { ref: 'jest@30.5.2', dependsOn: [] },
    { ref: 'vary@1.1.2', dependsOn: [] },
  ],
});

describe('billOf', () => {
  it('keeps what is bundled, and what depends on it', () => {
    expect(billOf(ALL, '["express@5.3.0","vary@1.1.2"]')).toMatchObject({
      bomFormat: 'CycloneDX',
      components: [component('express@5.3.0'), component('vary@1.1.2')],
      dependencies: [
        { ref: 'service-collector@0.1.0', dependsOn: ['express@5.3.0'] },
        { ref: 'express@5.3.0', dependsOn: ['vary@1.1.2'] },
        { ref: 'vary@1.1.2', dependsOn: [] },
      ],
    });
  });

  it('calls the whole by its name, not after the directory that it lies in', () => {
    expect(billOf(ALL, '[]').metadata.component).toMatchObject({
      name: 'service-collector',
      type: 'application',
    });
  });

  it('fails if something that is bundled is not installed', () => {
    expect(() => billOf(ALL, '["express@5.3.0","express@4.0.0"]')).toThrow('not installed: express@4.0.0');
  });
});
