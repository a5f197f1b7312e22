import { createHash } from 'node:crypto';
import type { RateLimitStore, TokenRate, TokenTake } from '../ports.ts';
import type { RedisAddress } from './redis-address.ts';
import { RedisClient } from './redis-client.ts';
import { RedisError, type RedisReply } from './redis-reply.ts';

/** What stands before the names of buckets. */
const PREFIX = 'weft:limit:';

/** As takeToken does, by the clock of Redis: a bucket is the moment at which it is full, and goes when it is. */
const SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000 * 2048) / 2048
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local debt = tonumber(redis.call('GET', KEYS[1]) or now) - now
debt = math.min(math.max(debt, 0), burst * interval)
if debt + interval > burst * interval then return { 0, string.format('%.17g', debt) } end
debt = debt + interval
redis.call('SET', KEYS[1], string.format('%.17g', now + debt), 'PX', math.ceil(debt))
return { 1, string.format('%.17g', debt) }
`;

const SHA = createHash('sha1').update(SCRIPT).digest('hex');

/** Buckets in one Redis, 5 or newer; no cluster is followed. */
export class RedisLimits implements RateLimitStore {
  readonly #client: RedisClient;

  constructor(address: RedisAddress) {
    this.#client = new RedisClient(address);
  }

  async take(bucket: string, { intervalMs, burst }: TokenRate): Promise<TokenTake> {
    return readTake(await this.#run(['1', PREFIX + bucket, String(intervalMs), String(burst)]));
  }

  close(): void {
    this.#client.close();
  }

  /** Redis keeps the script by its hash until it is restarted. */
  async #run(args: readonly string[]): Promise<RedisReply> {
    try {
      return await this.#client.call(['EVALSHA', SHA, ...args]);
    } catch (error) {
      if (!(error instanceof RedisError) || !error.message.startsWith('NOSCRIPT')) throw error;
      return this.#client.call(['EVAL', SCRIPT, ...args]);
    }
  }
}

function readTake(reply: RedisReply): TokenTake {
  const [granted, full] = Array.isArray(reply) ? reply : [];
  const fullInMs = typeof full === 'string' ? Number(full) : Number.NaN;
  if ((granted !== 0 && granted !== 1) || !(fullInMs >= 0)) throw new Error('Redis answered something else');
  return { granted: granted === 1, fullInMs };
}
