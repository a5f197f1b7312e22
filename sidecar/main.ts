/** The sidecar process: joins the mesh and serves its workload until it is asked to stop. */
import process from 'node:process';
import { sidecarOptions } from './options.ts';
import { Sidecar } from './sidecar.ts';

async function main(): Promise<void> {
  const options = sidecarOptions(process.argv.slice(2), process.env);
  const sidecar = await Sidecar.join(options);
  const ready = await sidecar.start();
  void sidecar.lost.then((error) => {
    process.stderr.write(`sidecar: ${error.message}; it needs a new join bundle\n`);
    process.exit(1);
  });
  process.stdout.write(`${JSON.stringify({ event: 'ready', ...ready })}\n`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) stopOn(signal, sidecar);
}

/** The first signal drains; the same again is impatience. A terminal's SIGINT and a parent's SIGTERM may both come. */
function stopOn(signal: 'SIGTERM' | 'SIGINT', sidecar: Sidecar): void {
  const exit = () => process.exit(0);
  process.once(signal, () => {
    process.once(signal, () => void sidecar.kill().then(exit));
    void sidecar.stop().then(exit);
  });
}

main().catch((error: unknown) => {
  process.stderr.write(`sidecar: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
