import type { Actor } from '../domain/actor.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import type { Context, Deps } from './context.ts';

/** An answer is kept this long; after that the same key means a new request. */
const KEPT_HOURS = 48;
/** A request that has not ended by then never will: its server was stopped in the middle, or it failed. */
const RUNS_AT_MOST_MINUTES = 15;

export interface OnceRequest {
  key: string;
  method: string;
  path: string;
  /** SHA-256 over what was asked for, hex. */
  hash: string;
}

export interface KeptAnswer {
  status: number;
  body: string;
}

function holderOf(actor: Actor): string {
  return actor.kind === 'staff' || actor.kind === 'key' ? `${actor.kind}:${actor.id}` : actor.kind;
}

/**
 * Takes an Idempotency-Key for a request of this actor; of two at the same moment one gets it.
 * @returns `run` to go on, the answer kept from the first time, or a refusal: `idempotency.other-request` when the key
 * was used for something else, `idempotency.running-meanwhile` while the first request still runs,
 * `idempotency.end-unknown-meanwhile` when nobody knows how it ended
 */
export async function claimOnce(ctx: Context, request: OnceRequest): Promise<'run' | KeptAnswer | Refusal> {
  const actor = holderOf(ctx.actor);
  // Keys live by the real clock: they belong to programs, not to the action.
  const now = ctx.wallClock();
  const claim = {
    method: request.method,
    path: request.path,
    request_hash: request.hash,
    status: null,
    body: null,
    created_at: now,
  };
  const claimed = await ctx.db
    .insertInto('idempotency_key')
    .values({ actor, key: request.key, ...claim })
    .onConflict((conflict) =>
      conflict
        .columns(['actor', 'key'])
        .doUpdateSet(claim)
        .where('idempotency_key.created_at', '<', new Date(now.getTime() - KEPT_HOURS * 3_600_000)),
    )
    .returning('key')
    .executeTakeFirst();
  if (claimed) return 'run';
  const first = await ctx.db
    .selectFrom('idempotency_key')
    .select(['request_hash', 'status', 'body', 'created_at'])
    .where('actor', '=', actor)
    .where('key', '=', request.key)
    .executeTakeFirst();
  // Given free between the two statements, because the first request was refused.
  if (!first) return refuse('idempotency.running-meanwhile', { key: request.key });
  if (first.request_hash !== request.hash) return refuse('idempotency.other-request', { key: request.key });
  if (first.status !== null) return { status: first.status, body: first.body ?? '' };
  return now.getTime() - first.created_at.getTime() < RUNS_AT_MOST_MINUTES * 60_000
    ? refuse('idempotency.running-meanwhile', { key: request.key })
    : refuse('idempotency.end-unknown-meanwhile', { key: request.key, at: first.created_at.toISOString() });
}

/** Keeps the answer for the next request with the same key. */
export async function keepAnswer(ctx: Context, key: string, answer: KeptAnswer): Promise<void> {
  await ctx.db
    .updateTable('idempotency_key')
    .set(answer)
    .where('actor', '=', holderOf(ctx.actor))
    .where('key', '=', key)
    .execute();
}

/** Gives the key free: the request was refused and nothing was changed, so the mended one may use it. */
export async function releaseOnce(ctx: Context, key: string): Promise<void> {
  await ctx.db
    .deleteFrom('idempotency_key')
    .where('actor', '=', holderOf(ctx.actor))
    .where('key', '=', key)
    .where('status', 'is', null)
    .execute();
}

/** Forgets old answers. For a schedule. */
export async function forgetAnswers(deps: Pick<Deps, 'db' | 'wallClock'>): Promise<void> {
  const before = new Date(deps.wallClock().getTime() - KEPT_HOURS * 3_600_000);
  await deps.db.deleteFrom('idempotency_key').where('created_at', '<', before).execute();
}
