import { verifyCorrections } from '../src/app/confirmations.ts';
import { endTask, ownTask } from '../src/app/task-work.ts';
import { type Cast, done } from './action.ts';
import { seededRandom } from './random.ts';

/** What support and quality do each day: take tasks, call, verify what was stated. */
export async function deskWork(cast: Cast, actionId: number, day: number): Promise<void> {
  const { support, quality } = cast;
  const random = seededRandom(500 + day);
  const tasks = await support.db
    .selectFrom('task')
    .select(['id', 'kind'])
    .where('action_id', '=', actionId)
    .where('state', '=', 'open')
    .where('kind', 'in', ['bounce', 'telephone', 'contradiction', 'support', 'moved'])
    .orderBy('id')
    .limit(6)
    .execute();
  for (const task of tasks) {
    if (!random.chance(0.5)) continue;
    done(await ownTask(support, task.id, {}), 'take a task');
    if (random.chance(0.6))
      done(
        await endTask(support, task.id, { state: 'done', outcome: 'Spoke with the laboratory; mended.' }),
        'end a task',
      );
  }
  if (day < 3) return;
  // Each day a service engineer looks at some of the instruments whose correction was stated.
  const stated = await quality.db
    .selectFrom('correction')
    .select('id')
    .where('action_id', '=', actionId)
    .where('state', '=', 'stated')
    .where('contradicted', '=', false)
    .orderBy('state_since')
    .limit(60)
    .execute();
  const ids = stated.filter(() => random.chance(0.75)).map((row) => row.id);
  if (ids.length > 0) {
    done(
      await verifyCorrections(quality, {
        correctionIds: ids,
        reason: 'Patch level read from the instrument during remote service.',
        doneOn: null,
      }),
      'verify corrections',
    );
  }
}
