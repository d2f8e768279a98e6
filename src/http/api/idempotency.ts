import { createHash } from 'node:crypto';
import type { Context } from '../../app/context.ts';
import { claimOnce, keepAnswer, releaseOnce } from '../../app/idempotency.ts';
import { isRefusal } from '../../domain/refusal.ts';
import { problem, refusalProblem } from './problem.ts';

const KEY = /^[\x21-\x7e]{1,200}$/;

/**
 * Runs a write once per Idempotency-Key: the same request with the same key gets the first answer again, with
 * `Idempotency-Replayed: true`. A refusal changed nothing and gives the key free. An error keeps it taken: whether the
 * change was made is then not known, and nobody may guess.
 * @param request.text the body; undefined when it is a stream, of which only the announced length counts
 */
export async function answerOnce(
  ctx: Context,
  request: { headers: Headers; method: string; url: string; text: string | undefined },
  run: () => Promise<Response>,
): Promise<Response> {
  const key = request.headers.get('idempotency-key');
  if (key === null) return run();
  if (!KEY.test(key)) {
    return problem(
      400,
      'idempotency.malformed',
      'Idempotency-Key: use 1 to 200 visible ASCII characters, e.g. a UUID.',
    );
  }
  const { pathname, search } = new URL(request.url);
  const hash = createHash('sha256')
    .update(JSON.stringify([request.method, pathname, search]))
    .update(request.text ?? `stream of ${request.headers.get('content-length') ?? 'unknown length'}`)
    .digest('hex');
  const claim = await claimOnce(ctx, { key, method: request.method, path: pathname, hash });
  if (isRefusal(claim)) return refusalProblem(claim);
  if (claim !== 'run') {
    return new Response(claim.body, {
      status: claim.status,
      headers: { 'content-type': 'application/json', 'idempotency-replayed': 'true' },
    });
  }
  const answer = await run();
  if (answer.status >= 400) await releaseOnce(ctx, key);
  else await keepAnswer(ctx, key, { status: answer.status, body: await answer.clone().text() });
  return answer;
}
