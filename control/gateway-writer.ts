import { LocalKv } from '../src/runtime/store/local-kv.ts';
import { WranglerKv } from '../src/runtime/store/wrangler-kv.ts';
import type { ControlOptions } from './options.ts';

/** What writes the store of the gateway Worker: of local development where its directory is given; undefined = none. */
export function gatewayWriter({
  gatewayConfig: config,
  gatewayPersist,
}: Pick<ControlOptions, 'gatewayConfig' | 'gatewayPersist'>): LocalKv | WranglerKv | undefined {
  if (config === undefined) return undefined;
  return gatewayPersist === undefined
    ? new WranglerKv({ config })
    : new LocalKv({ config, persistTo: gatewayPersist });
}
