/** Answers by spreadsheet: a hospital group and a distributor send lists about the units of many laboratories. */
import { sql } from 'kysely';
import { giveMandate } from '../src/app/mandates.ts';
import {
  applySpreadsheet,
  type KeptSpreadsheet,
  keepSpreadsheet,
  mapSpreadsheet,
  workSpreadsheets,
} from '../src/app/spreadsheets.ts';
import { type Cast, done } from './action.ts';
import { asContact, type Player } from './people.ts';
import { type Random, seededRandom } from './random.ts';
import { shownSerials } from './tour.ts';

/** Days after the release on which each list comes. */
const GROUP_DAY = 16;
const DISTRIBUTOR_DAY = 21;
const WAITING_DAY = 35;

/** Distributors that send a list, with their headings and words: serial number, mode, state, day, done, not yet. */
const BRAZIL = {
  ref: 'D-010',
  file: 'instrumentos.csv',
  words: ['Número de série', 'Modo', 'Situação', 'Data', 'concluído', 'pendente'],
};
const AUSTRIA = {
  ref: 'D-001',
  file: 'geraeteliste.csv',
  words: ['Seriennummer', 'Modus', 'Stand', 'Datum', 'erledigt', 'offen'],
};

/** One line of a list: an instrument with each of its modes, and whether it is done. */
interface Line {
  party: string;
  partyId: number;
  serial: string;
  modes: string[];
}

/** What comes by spreadsheet on a day: a group's list is mapped once, a distributor's is understood, the last one waits. */
export async function playLists(
  cast: Cast,
  actionId: number,
  day: number,
  players: ReadonlyMap<number, Player>,
): Promise<void> {
  const random = seededRandom(414).fork(`day ${day}`);
  if (day === GROUP_DAY) await answerForGroup(cast, actionId, players, random);
  if (day === DISTRIBUTOR_DAY) {
    const kept = await sendDistributorList(cast, actionId, BRAZIL, players, random);
    if (kept) await take(cast, kept);
  }
  if (day === WAITING_DAY) {
    await sendDistributorList(cast, actionId, AUSTRIA, players, random);
    done(await workSpreadsheets(cast.system), 'check a list');
  }
}

/** Instruments of these parties of which a mode is not proven yet, by laboratory. */
async function readLines(cast: Cast, actionId: number, partyIds: readonly number[], states: string[]): Promise<Line[]> {
  const { rows } = await sql<Line>`
    select p.name as party, p.id as "partyId", u.serial, array_agg(e.code order by e.position) as modes
      from correction c join unit u on u.id = c.unit_id join party p on p.id = c.party_id
        join environment e on e.id = c.environment_id
     where c.action_id = ${actionId} and c.party_id = any(${[...partyIds]}::bigint[]) and c.state = any(${states}::text[]) and u.kind = 'serial'
     group by p.name, p.id, u.id order by p.id, u.id`.execute(cast.system.db);
  return rows;
}

/** A group of American hospitals answers for six of its laboratories, in a workbook of its own making. */
async function answerForGroup(
  cast: Cast,
  actionId: number,
  players: ReadonlyMap<number, Player>,
  random: Random,
): Promise<void> {
  const { support, system } = cast;
  const { rows } = await sql<{ id: number }>`
    select o.party_id as id from obligation o where o.action_id = ${actionId} and o.country = 'US' and o.audience <> 'distributor'
       and exists (select 1 from correction c join unit u on u.id = c.unit_id where c.action_id = o.action_id
         and c.party_id = o.party_id and c.state = 'open' and u.kind = 'serial')
       and not exists (select 1 from unit s where s.party_id = o.party_id and s.serial = any(${[...shownSerials]}::text[]))
       and not exists (select 1 from kit k where k.party_id = o.party_id)
     order by o.party_id limit 7`.execute(system.db);
  const [speaker, ...others] = rows.map((row) => row.id);
  if (speaker === undefined || others.length === 0) return;
  const reason = 'Letter of the hospital group: its central engineering answers for these laboratories.';
  done(await giveMandate(support, speaker, { partyIds: others, reason }), 'let a group answer');
  const lines = (await readLines(cast, actionId, [speaker, ...others], ['open'])).map((line) => {
    const done = random.chance(0.85);
    return { ...line, dx: done ? 'patched' : 'slot in June', ruo: done ? 'patched' : 'slot in June', done };
  });
  const day = support.now().toISOString().slice(0, 10);
  const [year, month, date] = day.split('-');
  const bytes = support.tables.xlsx(
    lines,
    [
      { heading: 'Lab', value: (line) => line.party },
      { heading: 'Asset', value: (line) => line.serial },
      { heading: 'Clinical mode', value: (line) => line.dx },
      { heading: 'Research mode', value: (line) => line.ruo },
      { heading: 'When', value: (line) => (line.done ? `${month}/${date}/${year}` : '') },
    ],
    { sheet: 'LRM patch' },
  );
  const contactId = players.get(speaker)?.contactId ?? null;
  const sheet = { actionId, partyId: speaker, contactId, name: 'sequencer-patch-status.xlsx', way: 'mail' as const };
  const kept = done(await keepSpreadsheet(support, { ...sheet, bytes }), 'keep the list of a group');
  done(
    await mapSpreadsheet(support, kept.id, {
      mapping: { unit: 1, 'status:Dx': 2, 'status:RUO': 3, date: 4 },
      words: { status: { patched: 'done', 'slot in June': 'not-yet' } },
      dateOrder: 'mdy',
    }),
    'map the list of a group',
  );
  await take(cast, kept);
}

/** A distributor sends the list of those it serves on its page, in its own language and with its own separator. */
async function sendDistributorList(
  cast: Cast,
  actionId: number,
  { ref, file, words }: { ref: string; file: string; words: readonly string[] },
  players: ReadonlyMap<number, Player>,
  random: Random,
): Promise<KeptSpreadsheet | undefined> {
  const { rows } = await sql<{ id: number; served: number[] }>`
    select d.id, array_agg(p.id order by p.id) as served from party d join party p on p.distributor_id = d.id
     where d.ref = ${ref} group by d.id`.execute(cast.system.db);
  const [distributor] = rows;
  const player = distributor && players.get(distributor.id);
  if (!distributor || !player || player.linkId === null) return undefined;
  const [serial, mode, status, date, yes, no] = words;
  const today = cast.system.now().toISOString().slice(0, 10).split('-').reverse().join('.');
  const lines = (await readLines(cast, actionId, distributor.served, ['open', 'stated', 'blocked'])).flatMap((line) =>
    line.modes.map((code) => {
      const isDone = random.chance(0.7);
      return [line.serial, code, isDone ? yes : no, isDone ? today : ''].join(';');
    }),
  );
  if (lines.length === 0) return undefined;
  const text = `\uFEFF${[[serial, mode, status, date].join(';'), ...lines].join('\r\n')}\r\n`;
  const bytes = (async function* () {
    yield Buffer.from(text);
  })();
  const sheet = { actionId, partyId: distributor.id, contactId: player.contactId, name: file, bytes };
  return done(await keepSpreadsheet(asContact(cast, player), { ...sheet, way: 'portal' }), 'keep a distributor’s list');
}

/** Checked, looked over, applied: what a list says becomes a reply of each laboratory. */
async function take(cast: Cast, kept: KeptSpreadsheet): Promise<void> {
  done(await workSpreadsheets(cast.system), 'check a list');
  done(await applySpreadsheet(cast.support, { id: kept.id, mode: 'valid', receipt: true }), 'apply a list');
  done(await workSpreadsheets(cast.system), 'write the replies of a list');
}
