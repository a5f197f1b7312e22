/** The control process: certificate authority, registry, configuration and its publication. */
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { StateDirectory } from '../src/runtime/store/state-directory.ts';
import { Control } from './control.ts';
import { controlOptions } from './options.ts';

/** Nobody keeps a connection by half a request. */
const serverOptions = { requestTimeout: 30_000, connectionsCheckingInterval: 5000 };

async function main(): Promise<void> {
  const options = controlOptions(process.argv.slice(2), process.env);
  const control = await Control.open(options);
  const stopped = new AbortController();
  // The port is known only once it is open, and join bundles must say it.
  let app = new Hono();
  const fetch = (request: Request) => app.fetch(request);
  const listen = { fetch, hostname: '127.0.0.1', port: options.port, serverOptions };
  const server = serve(listen, ({ port }) => {
    const url = `http://127.0.0.1:${port}`;
    app = control.app(url);
    const address = JSON.stringify({ url, adminToken: control.adminToken });
    new StateDirectory(options.state).write('control.json', address);
    process.stdout.write(`${JSON.stringify({ event: 'ready', url })}\n`);
    control.start(stopped.signal);
  });
  server.on('error', (error) => fail(`control cannot listen: ${error.message}`));
  const stop = () => {
    stopped.abort();
    server.close(() => void control.close().finally(() => process.exit(0)));
    if ('closeAllConnections' in server) server.closeAllConnections();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

main().catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));
