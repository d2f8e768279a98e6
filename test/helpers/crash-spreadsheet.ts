/**
 * A child of crash-spreadsheet.test.ts: a real house on a folder that reads a list of answers, until it is killed. `make`
 * fills an empty house and brings the list; `work` checks it, approves it and writes its replies, saying when it begins;
 * `finish` does what is left and reports.
 */
import { writeSync } from 'node:fs';
import { sql } from 'kysely';
import { asActor } from '../../src/app/context.ts';
import { verifyEventChain } from '../../src/app/event-chain.ts';
import { createStandardForm } from '../../src/app/forms.ts';
import { giveMandate } from '../../src/app/mandates.ts';
import { applySpreadsheet, checkSheet, keepSpreadsheet, workSpreadsheets } from '../../src/app/spreadsheets.ts';
import { readProcessConfig } from '../../src/config.ts';
import { isRefusal, type Refusal } from '../../src/domain/refusal.ts';
import { serialKey } from '../../src/domain/scope.ts';
import { openHouse } from '../../src/main.ts';
import { addParty, addReleased, regulatory, support } from '../delivery-house.ts';

/** What the last life finds. */
export interface SheetReport {
  state: string;
  rows: number;
  parties: number;
  /** Replies of the list, and parties that have one. */
  replies: number;
  answered: number;
  statements: number;
  receipts: number;
  chain: string;
}
export type SheetLine = { at: 'made' } | { at: 'working' } | { at: 'report'; report: SheetReport };

const PARTIES = 60;
const mode = process.argv[2] ?? 'work';

function tell(line: SheetLine): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

function ok<T>(answer: T | Refusal): T {
  if (isRefusal(answer)) throw new Error(answer.code);
  return answer;
}

const house = await openHouse(readProcessConfig(), { demo: true, keepMail: true });
const system = asActor(house.deps, { kind: 'system', name: 'crash test' });
const desk = asActor(house.deps, support);

if (mode === 'make') {
  const released = await addReleased(system);
  await system.db
    .insertInto('action_environment')
    .values(released.environmentIds.map((id) => ({ action_id: released.actionId, environment_id: id })))
    .execute();
  ok(await createStandardForm(asActor(house.deps, regulatory), released.actionId, { software: 'LRM' }));
  const group = await addParty(system, released);
  const partyIds: number[] = [];
  for (let n = 0; n < PARTIES; n++) partyIds.push((await addParty(system, released, { units: 2 })).partyId);
  ok(await giveMandate(desk, group.partyId, { partyIds, reason: 'A letter of the group' }));
  const units = await system.db.selectFrom('unit').select(['id', 'serial', 'party_id']).orderBy('id').execute();
  for (const unit of units)
    await system.db
      .updateTable('unit')
      .set({ serial_key: serialKey(unit.serial) })
      .where('id', '=', unit.id)
      .execute();
  const list = units
    .filter((unit) => unit.party_id !== group.partyId)
    .map((unit) => `${unit.serial};both;done;${system.now().toISOString().slice(0, 10)}`);
  ok(
    await keepSpreadsheet(desk, {
      actionId: released.actionId,
      partyId: group.partyId,
      contactId: group.contactIds[0] ?? null,
      name: 'list.csv',
      way: 'upload',
      bytes: (async function* () {
        yield Buffer.from(['Serial;Mode;Done;Date', ...list].join('\n'));
      })(),
    }),
  );
  tell({ at: 'made' });
} else {
  tell({ at: 'working' });
  const { id } = await system.db.selectFrom('spreadsheet').select('id').executeTakeFirstOrThrow();
  // A server that was killed a moment ago still seems alive: what it held is taken over by force.
  await checkSheet(system, id);
  await applySpreadsheet(desk, { id, mode: 'all' });
  await system.db.updateTable('spreadsheet').set({ beat_at: null }).where('id', '=', id).execute();
  ok(await workSpreadsheets(system));
  if (mode === 'finish') {
    const { rows } = await sql<Omit<SheetReport, 'chain'>>`
      select s.state, s.rows_seen as rows, (select count(*)::int from spreadsheet_answer) as parties,
          (select count(*)::int from reply where door = 'spreadsheet') as replies,
          (select count(distinct party_id)::int from reply where door = 'spreadsheet') as answered,
          (select count(*)::int from confirmation) as statements,
          (select count(*)::int from delivery where kind = 'receipt') as receipts
        from spreadsheet s`.execute(system.db);
    const [found] = rows;
    if (!found) throw new Error('The list is gone');
    tell({ at: 'report', report: { ...found, chain: (await verifyEventChain(system)).chain } });
  }
}
await house.close();
process.exit(0);
