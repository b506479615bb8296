// Writes sample documents to Elasticsearch or OpenSearch, ten a second, as a service that logs its requests in ECS would:
//   node documents.mjs http://localhost:9200
const [, , server = 'http://localhost:9200'] = process.argv;

const oneOf = (values) => values[Math.floor(Math.random() * values.length)];

function sample() {
  return {
    '@timestamp': new Date().toISOString(),
    service: { environment: oneOf(['testing', 'production']), name: oneOf(['shop', 'checkout']) },
    http: { response: { status_code: oneOf([200, 200, 200, 201, 304, 404, 500]) } },
    event: { duration: Math.round(1e9 * Math.random() ** 4) },
  };
}

async function write() {
  const documents = Array.from({ length: 10 }, () => `{"create":{}}\n${JSON.stringify(sample())}\n`);
  const headers = { 'Content-Type': 'application/x-ndjson' };
  const response = await fetch(`${server}/requests/_bulk`, {
    method: 'POST',
    headers,
    body: documents.join(''),
  });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
}

setInterval(() => {
  write().catch((error) =>
    console.error(`Cannot write documents to ${server}, trying again: ${error.message}`),
  );
}, 1_000);
