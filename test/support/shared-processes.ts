/** One gateway in workerd and one process of proxies per runtime for all files of a test process that want no other. */
import { after } from 'node:test';
import { ProxyProcess, type Runtime } from './proxy-process.ts';
import { RunningGateway } from './running-gateway.ts';

let gateway: Promise<RunningGateway> | undefined;
const proxies = new Map<Runtime, ProxyProcess>();

/** The gateway, which looks for new configuration at every request. */
export function sharedGateway(): Promise<RunningGateway> {
  gateway ??= RunningGateway.start();
  return gateway;
}

/** The proxies under that runtime; fails where an error reached nobody. */
export async function withSharedProxies(
  runtime: Runtime,
  run: (proxies: ProxyProcess) => Promise<void>,
): Promise<void> {
  const process = proxies.get(runtime) ?? new ProxyProcess(runtime);
  proxies.set(runtime, process);
  await run(process);
  const { errors } = await process.state();
  if (errors.length > 0) throw new Error(`${errors.length} errors on ${runtime}: ${errors[0]}`);
}

after(async () => {
  await Promise.all([...proxies.values()].map((process) => process.stop()));
  await (await gateway)?.stop();
});
