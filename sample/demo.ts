import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createSampleAccounts, sampleAccounts, samplePassword } from '../src/app/accounts.ts';
import { asActor } from '../src/app/context.ts';
import { sendDueDeliveries } from '../src/app/delivery-send.ts';
import { listen } from '../src/cli.ts';
import type { Config } from '../src/config.ts';
import { StartError } from '../src/domain/start-error.ts';
import { type House, openHouse } from '../src/main.ts';
import { type Cast, done, importField, prepareAction, REFERENCE, release } from './action.ts';
import { playClock } from './clock.ts';
import { setLetters } from './letters.ts';
import { playPapers } from './papers.ts';
import { playWeeks } from './play.ts';
import { showProgress } from './progress.ts';
import { beginSuccessor } from './successor.ts';
import { summarize } from './summary.ts';
import { tryPatch } from './trial.ts';

const USAGE = 'Usage: npm run demo -- [--once] [--json FILE]\n';
/** Marks a data folder that the demo made and may make anew. */
const MARK = 'this-is-a-demo';

/**
 * `demo`: loads the example action at its real size, plays weeks of it, then serves it. `--once` ends instead; `--json FILE`
 * writes what happened, counted from the database.
 * @returns the exit code
 */
export async function runDemo(args: string[], given: Config): Promise<number> {
  let options: { once?: boolean; json?: string };
  try {
    options = parseArgs({ args, options: { once: { type: 'boolean' }, json: { type: 'string' } } }).values;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n${USAGE}`);
    return 2;
  }
  const config = prepareFolder(given);
  const began = performance.now();
  const progress = showProgress(process.stdout);
  const clock = playClock('2022-04-25T07:00:00Z');
  // Served, the played calendar goes on at the pace of the real one: "since yesterday" stays what the weeks left.
  let servedFrom: { played: number; real: number } | undefined;
  const house = await openHouse(config, {
    now: () => (servedFrom ? new Date(servedFrom.played + Date.now() - servedFrom.real) : clock.now()),
    demo: true,
    keepMail: true,
    work: options.once !== true,
  });
  let seconds: number;
  try {
    process.stdout.write(`\nFieldfix plays ${REFERENCE}: 1,813 instruments in 54 countries, and what came back.\n\n`);
    const cast = await hire(house);
    const run = async <T>(
      title: string,
      work: (stage: ReturnType<typeof progress.stage>) => Promise<T>,
      note?: (result: T) => string,
    ): Promise<T> => {
      const stage = progress.stage(title);
      const result = await work(stage);
      stage.end(note?.(result));
      return result;
    };
    await run('Import the field', (stage) => importField(cast, stage));
    clock.moveTo(new Date('2022-05-02T08:00:00Z'));
    const { actionId } = await run('Write, check and sign the notice', (stage) => prepareAction(cast, stage));
    const releasedAt = new Date('2022-05-04T07:00:00Z');
    clock.moveTo(releasedAt);
    await run(
      'Release and deliver',
      async (stage) => {
        const letters = await release(cast, actionId);
        stage.total(letters);
        for (let more = true; more; ) {
          const report = await sendDueDeliveries(cast.system, { limit: 200 });
          stage.step(report.sent);
          more = report.more && report.sent + report.other > 0;
        }
        return letters;
      },
      (letters) => `${letters.toLocaleString('en')} letters`,
    );
    await run(
      'Set the letters for the post',
      (stage) => setLetters(cast, actionId, stage),
      (made) => `${made.toLocaleString('en')} on paper`,
    );
    await run('Play five weeks of answers', (stage) => playWeeks(cast, clock, { actionId, releasedAt }, stage));
    await run(
      'Read forms that came back on paper',
      (stage) => playPapers(cast, actionId, stage),
      ({ taken, waiting }) => `${taken} taken, ${waiting} waiting for a person`,
    );
    await beginSuccessor(cast, actionId);
    const standIn = await run('Try the patch on a stand-in instrument', () => tryPatch(cast, actionId));
    seconds = Math.round((performance.now() - began) / 100) / 10;
    const summary = await run('Count, and verify the chain', () =>
      summarize(cast.system, actionId, { seconds, standIn }),
    );
    if (options.json) writeFileSync(resolve(config.startedFrom, options.json), `${JSON.stringify(summary, null, 2)}\n`);
    const verified = summary.correctionsByState.verified ?? 0;
    process.stdout.write(
      `\n${summary.corrections.toLocaleString('en')} corrections, ${verified.toLocaleString('en')} verified so far; ${summary.tasks.toLocaleString('en')} tasks were made; ` +
        `${summary.events.toLocaleString('en')} events, chain ${summary.chain}. ${seconds} s.\n`,
    );
    if (summary.chain !== 'ok') return 1;
    if (options.once) {
      await house.close();
      return 0;
    }
  } catch (error) {
    await house.close();
    throw error;
  }
  servedFrom = { played: clock.now().getTime(), real: Date.now() };
  const stop = listen(house, config);
  process.stdout.write(`\nOpen ${config.publicUrl} and sign in by one press, or with\n`);
  for (const account of sampleAccounts) process.stdout.write(`  ${account.email.padEnd(32)} ${samplePassword}\n`);
  process.stdout.write('\nCtrl-C ends it. The next start makes the demo anew.\n');
  return stop;
}

/** A folder of the demo's own, made anew each time. A folder with somebody's data is never touched. */
function prepareFolder(given: Config): Config {
  const dataDir = process.env.DATA_DIR ? given.dataDir : join(given.dataDir, 'demo');
  if (existsSync(dataDir) && readdirSync(dataDir).length > 0) {
    if (!existsSync(join(dataDir, MARK))) {
      throw new StartError(
        `DATA_DIR ${dataDir} holds data that is not the demo's. Choose an empty folder, or leave DATA_DIR out.`,
      );
    }
    rmSync(dataDir, { recursive: true, force: true });
  }
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(join(dataDir, MARK), 'Fieldfix may delete this folder.\n');
  return {
    ...given,
    dataDir,
    filesDir: join(dataDir, 'files'),
    database: given.database.kind === 'pglite' ? { kind: 'pglite', dataDir } : given.database,
  };
}

/** The sample accounts as people who act; a used database is refused. */
export async function hire(house: House): Promise<Cast> {
  const system = asActor(house.deps, { kind: 'system', name: 'sample' });
  const used = await system.db.selectFrom('action').select('id').limit(1).executeTakeFirst();
  if (used)
    throw new StartError(
      'The database has actions already. The demo wants an empty one: set DATABASE_URL to another, or leave it out.',
    );
  done(await createSampleAccounts(system, house.keeper), 'make the sample accounts');
  const staff = await system.db.selectFrom('staff').select(['id', 'name', 'role']).execute();
  const person = (role: 'quality' | 'regulatory' | 'support') => {
    const found = staff.find((one) => one.role === role);
    if (!found) throw new Error(`The sample has nobody for ${role}`);
    return asActor(house.deps, { kind: 'staff', id: found.id, name: found.name, role });
  };
  return { quality: person('quality'), regulatory: person('regulatory'), support: person('support'), system };
}
