import { Configuration } from '../../control/configuration.ts';
import { type BulkWriter, type Entry, GatewayMirror } from '../../control/gateway-mirror.ts';
import { History } from '../../control/history/history.ts';
import { Publisher } from '../../control/publisher.ts';
import { ResourceStore } from '../../control/resource-store.ts';
import { SecretSeal } from '../../control/secret-seal.ts';
import { defaultMeshSettings as meshSettings } from '../../src/config/compile/mesh-settings.ts';
import type { Resource } from '../../src/config/resource/resource.ts';
import type { Log, SwapStore } from '../../src/runtime/ports.ts';
import { generateSigningJwk, importSigningKey, type SigningKey } from '../../src/snapshot/signing-key.ts';
import { ManualClock } from './scripted-transport.ts';

/** A log that remembers: `error publication expired`. */
export class RememberedLog implements Log {
  readonly events: string[] = [];
  info = (event: string): void => void this.events.push(`info ${event}`);
  warn = (event: string): void => void this.events.push(`warn ${event}`);
  error = (event: string): void => void this.events.push(`error ${event}`);
}

/** A gateway's store that can be away. */
export class TestWriter implements BulkWriter {
  readonly written = new Map<string, Entry['value']>();
  readonly batches: string[][] = [];
  away = false;

  async putAll(entries: readonly Entry[]): Promise<void> {
    this.batches.push(entries.map(({ key }) => key));
    if (this.away) throw new Error('the network is down');
    for (const { key, value } of entries) this.written.set(key, value);
  }
}

/** What every test control seals Secrets with. */
export const testSeal = (): Promise<SecretSeal> => SecretSeal.of(new Uint8Array(32).fill(7));

/** Control's configuration over a store, with everything that it leans on. */
export class TestControl {
  readonly clock = new ManualClock();
  readonly log = new RememberedLog();
  readonly writer = new TestWriter();
  readonly changes: (readonly Resource[])[] = [];
  readonly store: SwapStore;
  readonly key: SigningKey;
  readonly mirror: GatewayMirror;
  readonly publisher: Publisher;
  readonly history: History;
  readonly configuration: Configuration;

  private constructor(store: SwapStore, key: SigningKey, seal: SecretSeal, trustSequence?: () => number) {
    this.store = store;
    this.key = key;
    this.mirror = new GatewayMirror(this.writer, this.clock, this.log);
    this.publisher = new Publisher(store, this.mirror, key, 'weft', this.clock, this.log, trustSequence);
    this.history = new History(store, seal);
    this.configuration = new Configuration(
      new ResourceStore(store, seal),
      this.publisher,
      this.history,
      meshSettings,
      (resources) => this.changes.push(resources),
      this.log,
    );
  }

  /** With a key of its own unless it is given that of an earlier control. */
  static async over(store: SwapStore, key?: SigningKey, trustSequence?: () => number): Promise<TestControl> {
    const own = key ?? (await importSigningKey(await generateSigningJwk()));
    return new TestControl(store, own, await testSeal(), trustSequence);
  }
}

/** A Service of `ports` (`[port, targetPort]`) and its Deployment. */
export function serviceOf(
  name: string,
  ports: readonly (readonly [number, number])[] = [[80, 8080]],
): string {
  const list = ports.map(([port, target]) => `{port: ${port}, targetPort: ${target}, name: http-${port}}`);
  return `
{apiVersion: v1, kind: Service, metadata: {name: ${name}}, spec: {selector: {app: ${name}}, ports: [${list.join(', ')}]}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: ${name}-v1}, spec: {selector: {matchLabels: {app: ${name}}},
 template: {metadata: {labels: {app: ${name}}}, spec: {serviceAccountName: ${name}, containers: [{name: main}]}}}}
`;
}
