import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ingressGateway } from '../../src/config/compile/targets.ts';
import { verifyManifest } from '../../src/snapshot/manifest.ts';
import { publicationEntries } from '../../src/snapshot/publish.ts';
import { shardsOf } from '../../src/snapshot/read-publication.ts';
import { ShardMap } from '../../src/snapshot/shard-index.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { blobKey } from '../../src/snapshot/store-key.ts';
import { targetName } from '../../src/snapshot/target.ts';
import { RunningGateway } from '../support/running-gateway.ts';
import { buildRoute, buildVirtualHost, gatewaySnapshot } from '../support/snapshot.ts';

const count = 1100;
const nameOf = (i: number): string => `shop-${i}.test`;

/** Every host answers with its name and the label. */
function snapshotOf(label: string): Snapshot {
  const names = [...Array.from({ length: count }, (_, i) => nameOf(i)), '*.wild.test'];
  const hosts = names.map((name) =>
    buildVirtualHost([name], [buildRoute(name, { kind: 'direct', status: 200, body: `${name} ${label}` })]),
  );
  return { ...gatewaySnapshot(hosts, []), target: ingressGateway };
}

describe('the gateway of a large mesh in workerd', () => {
  let gateway: RunningGateway;

  before(async () => {
    gateway = await RunningGateway.start();
  });
  after(() => gateway?.stop());

  async function publish(revision: number, label: string) {
    const created = Date.now();
    const snapshots = [snapshotOf(label)];
    const publication = { mesh: 'weft', revision, created, expires: created + 1e8, snapshots, sources: [] };
    const [content, pointer] = await publicationEntries(publication, gateway.key);
    const bytes = content.find(({ key }) => key.startsWith('manifest/'))?.value ?? assert.fail('no manifest');
    const manifest = await verifyManifest(bytes, [gateway.key], { mesh: 'weft' });
    const index = shardsOf(manifest, targetName(ingressGateway))?.index ?? assert.fail('not sharded');
    return { content, pointer, map: new ShardMap(index) };
  }

  async function ask(host: string): Promise<string> {
    const { status, body } = await gateway.client.send({
      method: 'GET',
      target: '/',
      headers: [['host', host]],
    });
    return status === 200 ? String(body) : String(status);
  }

  test('answers for hosts by their shards, many at once while it is cold, and refuses a shard that was changed', async () => {
    const first = await publish(1, 'one');
    const broken = blobKey(first.map.address(first.map.shardOf(nameOf(7))));
    const changed = first.content.map((entry) =>
      entry.key === broken ? { ...entry, value: entry.value.with(entry.value.length - 5, 0x20) } : entry,
    );
    await gateway.put([...changed, ...first.pointer]);
    const others = Array.from({ length: 60 }, (_, i) => nameOf(i * 17)).filter(
      (name) => first.map.shardOf(name) !== first.map.shardOf(nameOf(7)),
    );
    const answers = await Promise.all([...others, ...others].map(ask));
    assert.deepEqual(
      answers,
      [...others, ...others].map((name) => `${name} one`),
    );
    assert.deepEqual(await Promise.all([nameOf(7), nameOf(7)].map(ask)), ['503', '503']);
    await gateway.refused(['E_HASH']);
    assert.equal(await ask('a.b.wild.test'), '*.wild.test one');
    assert.equal(await ask('nobody.test'), '404');

    const second = await publish(2, 'two');
    await gateway.put([...second.content, ...second.pointer]);
    assert.equal(await ask(nameOf(7)), `${nameOf(7)} two`);
    assert.equal(await ask(nameOf(17)), `${nameOf(17)} two`);
  });
});
