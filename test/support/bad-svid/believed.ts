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

/** What is wrong with the chains that got more than nothing: none should. */
export async function believed(
  mesh: GoodMesh,
  list: readonly BadSvid[],
  answer: (chain: RawChain) => Promise<string>,
): Promise<string[]> {
  const wrong: string[] = [];
  for (const { what, make } of list) if ((await answer(await make(mesh))) !== '') wrong.push(what);
  return wrong;
}
