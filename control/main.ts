/** The control process: certificate authority, registry, configuration and its publication. */
import { serve } from '@hono/node-server';
import { createControl } from './control.ts';
import { controlOptions } from './options.ts';
import { StateDirectory } from './state-directory.ts';

async function main(): Promise<void> {
  const options = controlOptions(process.argv.slice(2));
  let url = '';
  const control = await createControl(options, () => url);
  const stopped = new AbortController();
  const server = serve(
    { fetch: control.app.fetch, hostname: '127.0.0.1', port: options.port },
    ({ port }) => {
      url = `http://127.0.0.1:${port}`;
      new StateDirectory(options.state).write(
        'control.json',
        JSON.stringify({ url, adminToken: control.adminToken }),
      );
      process.stdout.write(`${JSON.stringify({ event: 'ready', url })}\n`);
      control.start(stopped.signal);
    },
  );
  server.on('error', (error) => fail(`control cannot listen: ${error.message}`));
  const stop = () => {
    stopped.abort();
    server.close(() => process.exit(0));
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
