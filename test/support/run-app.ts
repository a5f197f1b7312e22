/** The application that `weft run` starts in tests: it tells on stdout what happens to it, a JSON line each. */
import { createServer } from 'node:http';
import process from 'node:process';

const tell = (what: string, fields: object = {}): void => {
  process.stdout.write(`${JSON.stringify({ app: what, ...fields })}\n`);
};

/** How it ends after a signal. */
const code = Number(process.env.APP_EXIT_CODE ?? 7);

const server = createServer(async ({ url = '/' }, response) => {
  if (url === '/slow') await new Promise((resolve) => setTimeout(resolve, 700));
  if (url === '/call') {
    const answer = await fetch(`http://${process.env.APP_SERVICE}/`).catch(String);
    response.end(typeof answer === 'string' ? answer : `${answer.status} ${await answer.text()}`);
  } else if (url === '/metrics') response.end('# TYPE app_orders_total counter\napp_orders_total 3\n');
  else if (url === '/end') {
    response.end('bye');
    process.exit(3);
  } else {
    response.statusCode = url === '/down' ? 503 : 200;
    response.end('here');
  }
  if (url !== '/') tell('answered', { url });
});

server.listen(Number(process.env.PORT), '127.0.0.1', () =>
  tell('up', { env: process.env, pid: process.pid }),
);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.on(signal, () => {
    tell('signal', { signal });
    if (signal !== 'SIGHUP') process.exit(code);
  });
}
