/**
 * A child of crash-intake.test.ts: a real house on a folder that takes mail over LMTP and reads it, until it is killed.
 * `make` fills an empty house with letters that left; `work` takes mail and tells its port; `finish` reads what is left and
 * reports.
 */
import { writeSync } from 'node:fs';
import { sql } from 'kysely';
import type { AnsweredLetter } from '../../sample/mails.ts';
import { openMailListener } from '../../src/adapters/mail-listener.ts';
import { asActor } from '../../src/app/context.ts';
import { returnPath } from '../../src/app/delivery-address.ts';
import { sendDueDeliveries } from '../../src/app/delivery-send.ts';
import { verifyEventChain } from '../../src/app/event-chain.ts';
import { takeHandedOver } from '../../src/app/mail-doors.ts';
import { readMessages } from '../../src/app/message-read.ts';
import { MOST_BYTES } from '../../src/app/messages.ts';
import { readProcessConfig } from '../../src/config.ts';
import { isRefusal } from '../../src/domain/refusal.ts';
import { openHouse } from '../../src/main.ts';
import { addParty, addReleased, plan } from '../delivery-house.ts';

/** What the last life finds. */
export interface IntakeReport {
  messages: { messageId: string; state: string; copies: number }[];
  /** Letters by how often they came back, and by how many tasks that made. */
  letters: { id: number; state: string; bounces: number; tasks: number }[];
  /** Rows whose bytes are not there. */
  lost: number;
  chain: string;
}
export type IntakeLine =
  | { at: 'letters'; letters: AnsweredLetter[] }
  | { at: 'port'; port: number }
  | { at: 'report'; report: IntakeReport };

const PARTIES = 40;
const mode = process.argv[2] ?? 'work';

function tell(line: IntakeLine): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

const house = await openHouse(readProcessConfig(), { demo: true, keepMail: true });
const system = asActor(house.deps, { kind: 'system', name: 'crash test' });

if (mode === 'make') {
  const released = await addReleased(system);
  for (let n = 0; n < PARTIES; n++) await addParty(system, released);
  await plan(system, released);
  await sendDueDeliveries(system);
  const rows = await system.db.selectFrom('delivery').select(['id', 'message_id', 'address']).orderBy('id').execute();
  tell({
    at: 'letters',
    letters: rows.map((row) => ({
      messageId: row.message_id,
      to: row.address,
      returnPath: returnPath(system.settings, row.id),
      from: 'safety@maker.example',
      subject: 'Recall',
      date: new Date('2022-05-04T08:00:00Z'),
    })),
  });
  await house.close();
} else if (mode === 'work') {
  const listener = await openMailListener({
    protocol: 'lmtp',
    port: 0,
    domain: system.settings.mailDomain,
    most: MOST_BYTES,
    keep: (message) => takeHandedOver(system, 'lmtp', message),
  });
  tell({ at: 'port', port: listener.port });
} else {
  const read = await readMessages(system);
  if (isRefusal(read)) throw new Error(read.code);
  const messages = await sql<IntakeReport['messages'][number]>`
    select message_id as "messageId", min(state) as state, count(*)::int as copies from message group by message_id`.execute(
    system.db,
  );
  const letters = await sql<IntakeReport['letters'][number]>`
    select d.id, d.state,
        (select count(*)::int from delivery_attempt a where a.delivery_id = d.id and a.outcome like 'bounced%') as bounces,
        (select count(*)::int from task t where t.delivery_id = d.id) as tasks
      from delivery d order by d.id`.execute(system.db);
  const stored = await system.db.selectFrom('message').select('sha256').execute();
  const there = await Promise.all(stored.map((row) => system.files.has(row.sha256)));
  tell({
    at: 'report',
    report: {
      messages: messages.rows,
      letters: letters.rows,
      lost: there.filter((has) => !has).length,
      chain: (await verifyEventChain(system)).chain,
    },
  });
  await house.close();
}
if (mode !== 'work') process.exit(0);
