import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalRequest, isRefusal } from '../../../src/http/canonical-request.ts';
import { HeaderList } from '../../../src/http/header-list.ts';
import { type ActiveSnapshot, activate } from '../../../src/proxy/activate.ts';
import { type PlainCaller, plainTrustDomain, plainVerdict } from '../../support/plain-authorization.ts';
import { drawNear, drawPolicySet } from '../../support/policy-sets.ts';
import { propertyRuns } from '../../support/property-runs.ts';
import { chosenSeed, Seeded } from '../../support/seeded.ts';
import { buildConnection, buildListener, buildSnapshot, fixedInputs } from '../../support/snapshot.ts';

const SETS = propertyRuns(200);
const SPELLINGS = 6;

/** A request as a client writes it. */
interface Written {
  readonly target: string;
  readonly host: string;
  readonly headers: readonly (readonly [string, string])[];
}

test('no other spelling of a denied request, and no line beside its headers, gets it through', () => {
  const seed = chosenSeed();
  const draw = new Seeded(seed);
  let tried = 0;
  for (let i = 0; i < SETS; i++) {
    const set = drawPolicySet(draw);
    const policies = set.policies.map((policy) => ({ ...policy, action: 'DENY', dryRun: false }) as const);
    const inbound = [8080, 9090, 808].map((port) => buildListener({ port, policies }));
    const active = activate(buildSnapshot({ trustDomain: plainTrustDomain, inbound }));
    const callers = [...set.witnesses.map(({ caller }) => caller), drawNear(draw, set)].map(withoutRepeats);
    for (const caller of callers) {
      if (plainVerdict(policies, caller) === 'allowed') continue;
      for (let n = 0; n < SPELLINGS; n++) {
        const written = respell(draw, caller);
        if (!isKeptOut(active, caller, written))
          assert.fail(`WEFT_SEED=${seed}: ${JSON.stringify({ written, caller, policies })}`);
        tried++;
      }
    }
  }
  assert.ok(tried > SETS * SPELLINGS, `only ${tried} spellings`);
});

/** Denied, or not even a request. */
function isKeptOut(active: ActiveSnapshot, caller: PlainCaller, { target, host, headers }: Written): boolean {
  const list = HeaderList.from([['host', host], ...headers]);
  const request = canonicalRequest({ method: caller.method, target, headers: list }, 'http', 'BASE');
  if (isRefusal(request)) return true;
  const { peer, port, address, sni } = caller;
  const connection = buildConnection('inbound', {
    port,
    remoteAddress: address,
    serverName: sni,
    ...(peer && { peer: `${peer.domain}/ns/${peer.namespace}/sa/${peer.account}` }),
  });
  return active.decide(request, connection, fixedInputs()).kind === 'reply';
}

function respell(draw: Seeded, { path, authority, headers }: PlainCaller): Written {
  const lines = headers.map(([name, value]) => [recased(draw, name), value] as const);
  const [name] = headers.length > 0 ? draw.pick(headers) : [];
  const another = name === undefined ? [] : [[recased(draw, name), draw.pick(['good', '', 'z'])] as const];
  return {
    target: respelledPath(draw, path),
    host: recased(draw, authority),
    headers: draw.below(2) === 0 ? [...lines, ...another] : [...another, ...lines],
  };
}

function respelledPath(draw: Seeded, path: string): string {
  const encoded = path.replace(/[a-z.]/gi, (letter) =>
    draw.below(4) === 0 ? `%${letter.charCodeAt(0).toString(16).toUpperCase()}` : letter,
  );
  const detour = draw.pick(['/', '/', '/./', '/q/../', '/%2e/', '/q/%2E%2e/', '\\', '/q\\..\\']);
  const tail = draw.pick(['', '', '?a=b', '#x']);
  return detour + encoded.slice(1) + tail;
}

function recased(draw: Seeded, text: string): string {
  return [...text].map((letter) => (draw.below(2) === 0 ? letter.toUpperCase() : letter)).join('');
}

/** Two lines of one name can be denied for what they are together, which a third one changes. */
function withoutRepeats(caller: PlainCaller): PlainCaller {
  return { ...caller, headers: [...new Map(caller.headers)] };
}
