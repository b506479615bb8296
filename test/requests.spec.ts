import request from 'supertest';
import { sample, type Service, startService } from './service.js';

describe('GET /some', () => {
  let service: Service;
  beforeEach(async () => {
    service = await startService();
  });
  afterEach(() => service.close());

  it('answers hello! as text and counts it', async () => {
    const response = await request(service.url).get('/some').expect(200, 'hello!');
    expect(response.headers['content-type']).toBe('text/plain; charset=utf-8');
    await request(service.url).get('/some?again').expect(200);
    expect(await sample(service, 'incoming_requests')).toBe(2);
  });

  it('counts neither HEAD nor another method', async () => {
    await request(service.url).head('/some').expect(200);
    await request(service.url).post('/some').expect(405);
    expect(await sample(service, 'incoming_requests')).toBe(0);
  });
});
