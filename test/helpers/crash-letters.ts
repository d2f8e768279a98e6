/**
 * A child of crash-letters.test.ts: a real house on a folder (or a PostgreSQL database) that sets letters until it is
 * killed. `make` fills an empty house with letters that wait to be set; `work` sets them; `finish` sets what is left and
 * reports.
 */
import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { sql } from 'kysely';
import { asActor } from '../../src/app/context.ts';
import { verifyEventChain } from '../../src/app/event-chain.ts';
import { makeLetters, orderLetters } from '../../src/app/letter-making.ts';
import { readProcessConfig } from '../../src/config.ts';
import { isRefusal } from '../../src/domain/refusal.ts';
import { openHouse } from '../../src/main.ts';
import { addParty, addReleased, plan, support } from '../delivery-house.ts';
import { awaitEndOfTheDead } from './dead-sessions.ts';

/** What a life says, one line each. */
export type LettersLine =
  | { at: 'ordered'; letters: number }
  /** What the lives before it made. */
  | { at: 'setting'; made: number }
  | {
      at: 'report';
      /** Letters as their rows say. */
      rows: { delivery: number; language: string; state: string; sha256: string | null }[];
      /** Delivery and language of letters that no row stands for. */
      gaps: number;
      /** Rows whose file is not there, or is not the one the row names. */
      wrongFiles: number;
      /** Letters this last life had to set itself. */
      madeLast: number;
      chain: string;
    };

const PARTIES = 330;
const LATER_MS = 11 * 60_000;
const mode = process.argv[2] ?? 'work';
const tell = (line: LettersLine): void => {
  writeSync(1, `${JSON.stringify(line)}\n`);
};

const house = await openHouse(readProcessConfig(), { demo: true, keepMail: true });
const system = asActor(house.deps, { kind: 'system', name: 'crash test' });
// A server that died on PostgreSQL keeps its claims for ten minutes; each life here begins after that.
const life = { ...system, wallClock: () => new Date(Date.now() + Number(process.env.NTH_LIFE ?? 0) * LATER_MS) };

if (mode === 'make') {
  const released = await addReleased(system);
  for (let n = 0; n < PARTIES; n++) {
    await addParty(system, released, {
      street: `Laborweg ${n + 1}`,
      country: n % 3 === 0 ? 'BE' : 'DE',
      contacts: [{ name: `Person ${n}`, languages: n % 3 === 0 ? ['fr', 'nl'] : ['de'], channel: 'post' as const }],
    });
  }
  await plan(system, released);
  const ordered = await orderLetters(asActor(house.deps, support), released.actionId, { of: 'post' });
  if (isRefusal(ordered)) throw new Error(ordered.code);
  tell({ at: 'ordered', letters: ordered.letters });
} else if (mode === 'work') {
  const { made } = await system.db
    .selectFrom('letter')
    .select((eb) => eb.fn.countAll<number>().as('made'))
    .where('state', '=', 'made')
    .executeTakeFirstOrThrow();
  tell({ at: 'setting', made: Number(made) });
  let files = 0;
  const put: typeof life.files.put = async (source, limit) => {
    const kept = await life.files.put(source, limit);
    // By its own hand, for a machine that is busy elsewhere kills too late, when all is done.
    if (++files === Number(process.env.KILLED_AFTER)) process.kill(process.pid, 'SIGKILL');
    return kept;
  };
  await makeLetters({ ...life, files: { ...life.files, put } });
} else {
  await awaitEndOfTheDead(system.db);
  const { made: madeLast } = await makeLetters(life);
  const { rows } = await sql<{ delivery: number; language: string; state: string; sha256: string | null }>`
    select delivery_id as delivery, language, state, sha256 from letter order by id`.execute(system.db);
  const { rows: gaps } = await sql<{ n: number }>`
    select count(*)::int as n from delivery d cross join lateral unnest(d.languages) as l (language)
     where d.channel = 'post' and d.notice_id is not null
       and not exists (select from letter x where x.delivery_id = d.id and x.language = l.language)`.execute(system.db);
  let wrongFiles = 0;
  for (const { sha256 } of rows) {
    if (!sha256 || !(await system.files.has(sha256))) {
      wrongFiles++;
      continue;
    }
    const hash = createHash('sha256');
    for await (const chunk of await system.files.read(sha256)) hash.update(chunk);
    if (hash.digest('hex') !== sha256) wrongFiles++;
  }
  const { chain } = await verifyEventChain(system);
  tell({ at: 'report', rows, gaps: gaps[0]?.n ?? 0, wrongFiles, madeLast, chain });
}
await house.deps.typesetter.close();
await house.close();
process.exit(0);
