// Express with nothing around it.
import express from 'express';

let requests = 0;

const app = express();
app.get('/some', (_request, response) => {
  requests++;
  response.type('text').send('hello!');
});
app.get('/', (_request, response) => {
  response.json({ requests });
});
app.listen(Number(process.env['PORT']), '127.0.0.1');
