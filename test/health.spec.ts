import request from 'supertest';
import { HealthController } from '../src/health/health.controller.js';
import { Lifecycle } from '../src/lifecycle/lifecycle.js';
import { createApplication } from '../src/application.js';
import { Exporter } from '../src/exposition/exporter.js';
import { readSettings } from '../src/settings.js';
import { startService } from './service.js';

describe('/-/healthy and /-/ready', () => {
  it('answer 200 while the service runs', async () => {
    await using service = await startService();
    await request(service.url).get('/-/healthy').expect(200, 'service-collector is healthy.\n');
    await request(service.url).get('/-/ready').expect(200, 'service-collector is ready.\n');
  });

  it('is not ready, but healthy, once the stop has begun', async () => {
    await using service = await startService();
    await service.app.get(Lifecycle, { strict: false }).stop();
    await request(service.url)
      .get('/-/ready')
      .expect(503, {
        title: 'Service Unavailable',
        status: 503,
        detail: 'service-collector is shutting down',
      })
      .expect('Content-Type', /^application\/problem\+json/);
    await request(service.url).get('/-/healthy').expect(200);
  });

  it('is not ready before the start is complete', async () => {
    const app = await createApplication(readSettings({ LOG_LEVEL: 'fatal', SIMULATOR: 'off' }));
    expect(() => app.get(HealthController, { strict: false }).ready()).toThrow(
      'service-collector is starting',
    );
    await app.close();
  });
});

describe('an error', () => {
  it('is a problem of RFC 9457', async () => {
    await using service = await startService();
    await request(service.url)
      .get('/nowhere')
      .expect(404, { title: 'Not Found', status: 404, detail: 'Cannot GET /nowhere' })
      .expect('Content-Type', /^application\/problem\+json/);
  });

  it('that is unexpected is logged, and the client sees only 500', async () => {
    await using service = await startService({ LOG_LEVEL: 'error' });
    jest.spyOn(service.app.get(Exporter, { strict: false }), 'render').mockRejectedValue(new Error('secret'));
    const stderr = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    await request(service.url).get('/metrics').expect(500, { title: 'Internal Server Error', status: 500 });
    const logged = stderr.mock.calls.join('\n');
    stderr.mockRestore();
    expect(logged).toContain('secret');
  });
});
