/** The self-hosted gateway process: joins the mesh and serves its Gateways' ports until it is asked to stop. */
import process from 'node:process';
import { gatewayOptions } from './options.ts';
import { SelfHostedGateway } from './self-hosted-gateway.ts';

async function main(): Promise<void> {
  const options = gatewayOptions(process.argv.slice(2), process.env);
  const gateway = await SelfHostedGateway.join(options);
  const ready = await gateway.start();
  void gateway.lost.then((error) => {
    process.stderr.write(`gateway: ${error.message}; it needs a new join bundle\n`);
    process.exit(1);
  });
  process.stdout.write(`${JSON.stringify({ event: 'ready', ...ready })}\n`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) stopOn(signal, gateway);
}

/** The first signal drains; the same again is impatience. */
function stopOn(signal: 'SIGTERM' | 'SIGINT', gateway: SelfHostedGateway): void {
  process.once(signal, () => {
    process.once(signal, () => {
      gateway.kill();
      process.exit(0);
    });
    void gateway.stop().then(() => process.exit(0));
  });
}

main().catch((error: unknown) => {
  process.stderr.write(`gateway: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
