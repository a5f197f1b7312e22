import type { RawChain } from '../raw-tls/raw-tls.ts';
import { askRawTls } from '../raw-tls/raw-tls-client.ts';
import type { BadSvid, GoodMesh } from './bad-svid.ts';

/** The answer of a mesh TLS port to a client that shows that chain; empty where the connection is closed on it. */
export async function answerTo(
  port: number,
  serverName: string,
  chain: RawChain,
  path = '/',
): Promise<string> {
  const request = `GET ${path} HTTP/1.1\r\nHost: reviews\r\n\r\n`;
  return askRawTls({ port, serverName, chain, request }).catch(() => '');
}

/** A bad chain that is there. */
export interface Minted extends Pick<BadSvid, 'what' | 'unseen'> {
  readonly chain: RawChain;
}

/** Makes the chains of a table. */
export async function minted(mesh: GoodMesh, list: readonly BadSvid[]): Promise<readonly Minted[]> {
  const all: Minted[] = [];
  for (const one of list) all.push({ ...one, chain: await one.make(mesh) });
  return all;
}

/** What is wrong with the chains that got more than nothing: none should. So many are tried at once. */
export async function believed(
  list: readonly Minted[],
  answer: (chain: RawChain) => Promise<string>,
  atOnce = 1,
): Promise<string[]> {
  const [left, wrong]: [Minted[], string[]] = [[...list], []];
  const tryNext = async (): Promise<void> => {
    for (let one = left.shift(); one !== undefined; one = left.shift())
      if ((await answer(one.chain)) !== '') wrong.push(one.what);
  };
  await Promise.all(Array.from({ length: atOnce }, tryNext));
  return wrong;
}
