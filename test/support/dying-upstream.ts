import { type RawServer, rawServer } from './raw-peer.ts';

/** How an upstream treats a request, by its path. */
export type Fate =
  /** Answers. */
  | 'answer'
  /** Answers, and is gone a moment later, so that its connection looks alive when it is not. */
  | 'answer-and-go'
  /** Gone with the head. */
  | 'die-at-head'
  /** Gone when a part of the body is there. */
  | 'die-in-body'
  /** Gone when it has all. */
  | 'die-before-answer'
  /** Gone in the middle of its own head. */
  | 'die-in-answer';

export const FATES: readonly Fate[] = [
  'answer',
  'answer-and-go',
  'die-at-head',
  'die-in-body',
  'die-before-answer',
  'die-in-answer',
];

export interface DyingUpstream extends RawServer {
  /** How often a request of that `x-key` arrived, in part or whole. */
  readonly arrivals: ReadonlyMap<string, number>;
  /** Bodies that arrived whole, by key. */
  readonly bodies: ReadonlyMap<string, string>;
}

/** The fate of the nth arrival of a request. */
export type FateOf = (path: string, arrival: number) => Fate;

const HEAD = /^(\w+) \/(\S*) HTTP\/1\.1\r\n[\s\S]*?\r\n\r\n/;

/** A raw upstream that counts what reaches it by `x-key`, and dies as told. Bodies have a length. */
export async function dyingUpstream(fateOf: FateOf): Promise<DyingUpstream> {
  const arrivals = new Map<string, number>();
  const bodies = new Map<string, string>();
  const server = await rawServer((peer) => {
    let consumed = 0;
    let current: { key: string; fate: Fate; length: number } | undefined;
    const read = () => {
      const pending = peer.text.slice(consumed);
      const head = HEAD.exec(pending);
      if (head === null) return;
      const [whole, , path = ''] = head;
      if (current === undefined) {
        const key = /\r\nx-key: (\S+)/.exec(whole)?.[1] ?? '';
        const arrival = (arrivals.get(key) ?? 0) + 1;
        arrivals.set(key, arrival);
        const length = Number(/\r\ncontent-length: (\d+)/.exec(whole)?.[1] ?? 0);
        current = { key, fate: fateOf(path, arrival), length };
      }
      const { key, fate, length } = current;
      const arrived = pending.length - whole.length;
      if (fate === 'die-at-head' || (fate === 'die-in-body' && arrived > 0)) peer.socket.destroy();
      if (arrived < length) return;
      bodies.set(key, pending.slice(whole.length, whole.length + length));
      consumed += whole.length + length;
      current = undefined;
      if (fate === 'die-before-answer' || fate === 'die-in-body') peer.socket.destroy();
      else if (fate === 'die-in-answer') peer.socket.end('HTTP/1.1 200 O');
      else peer.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      if (fate === 'answer-and-go') setImmediate(() => peer.socket.destroy());
    };
    peer.socket.on('data', read);
  });
  return { ...server, arrivals, bodies };
}
