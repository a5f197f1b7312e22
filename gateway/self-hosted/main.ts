/** The self-hosted gateway process: joins the mesh and serves its Gateways' ports until it is asked to stop. */
import process from 'node:process';
import { runProxy } from '../../src/runtime/control/run-proxy.ts';
import { gatewayOptions } from './options.ts';
import { SelfHostedGateway } from './self-hosted-gateway.ts';

await runProxy('gateway', () => SelfHostedGateway.join(gatewayOptions(process.argv.slice(2), process.env)));
