/** The sidecar process: joins the mesh and serves its workload until it is asked to stop. */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { sidecarOptions } from './options.ts';
import { Sidecar } from './sidecar.ts';

async function main(): Promise<void> {
  const options = sidecarOptions(process.argv.slice(2), process.env);
  const sidecar = await Sidecar.join(options, readFileSync(options.join, 'utf8'));
  const ready = await sidecar.start();
  void sidecar.lost.then((error) => {
    process.stderr.write(`sidecar: ${error.message}; it needs a new join bundle\n`);
    process.exit(1);
  });
  process.stdout.write(`${JSON.stringify({ event: 'ready', ...ready })}\n`);
  const stop = () => void sidecar.stop().then(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

main().catch((error: unknown) => {
  process.stderr.write(`sidecar: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
