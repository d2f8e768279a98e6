/**
 * The whole way of the patch on stand-ins of two units of a played action, without a network: kit, verifier, code, ledger.
 * The sample calls {@link tryStandIn} once, after its weeks were played; a test does the same.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import { enterCode, enterCodeInput } from '../../src/app/confirmation-codes.ts';
import { verifyCorrections } from '../../src/app/confirmations.ts';
import type { Context } from '../../src/app/context.ts';
import { makeKitFile } from '../../src/app/kit-files.ts';
import { moveKit, moveKitInput, prepareKit, requestKit, requestKitInput } from '../../src/app/kits.ts';
import type { CorrectionStateName } from '../../src/db/schema.ts';
import { isRefusal, type Refusal } from '../../src/domain/refusal.ts';
import { type Person, verify } from '../../verifier/verify.ts';
import { buildInstrument, type Instrument, type Mode, type Reach } from './instrument.ts';
import { sequencerMachine } from './sequencer.ts';

/** A mode at one moment: what a request from the instrument itself and one from its network got, and what the ledger says. */
export type Moment = Reach & { correction: CorrectionStateName };
type Moments = Record<Mode, Moment>;

/** What happened on the stand-ins. */
export interface StandInReport {
  /** Serial number of the instrument it stood in for. */
  serial: string;
  before: Moments;
  afterDx: Moments;
  afterRUO: Moments;
  /** A standalone computer, which has one mode; undefined where the action has none that is open. */
  standalone: { serial: string; before: Moment; after: Moment } | undefined;
  /** States of all these corrections once a person has looked at the evidence. */
  verified: CorrectionStateName[];
  /** Why codes that were typed wrongly, twice or for the other mode were refused, e.g. `code.mistyped`. */
  refused: string[];
}

interface Unit {
  unitId: number;
  partyId: number;
  serial: string;
  /** By environment. */
  corrections: { id: number; mode: Mode }[];
}

/**
 * Tries the patch of an action on a stand-in of one of its instruments, which nobody has begun with, and on one of a
 * standalone computer: asks for a kit, prepares it, sends it, unpacks it, runs the verifier of the kit's sources in each mode,
 * has support take the codes on the telephone, and quality verify. Takes about two seconds; leaves two kits and their codes.
 *
 * @param input.support somebody of support; its `wallClock` is the clock of the machines, its `now` the one of the ledger
 * @param input.unitId the instrument to stand in for; otherwise the first with all its modes open, by number
 * @throws when the action has no such instrument, its package is not released, or a use case refuses
 */
export async function tryStandIn(input: {
  support: Context;
  quality: Context;
  actionId: number;
  unitId?: number;
}): Promise<StandInReport> {
  const { support, quality, actionId } = input;
  const folder = mkdtempSync(join(tmpdir(), 'fieldfix-stand-in-'));
  try {
    const unit = await chooseUnit(support, actionId, { kind: 'serial', modes: 2, unitId: input.unitId });
    if (!unit) throw new Error('The action has no instrument with all its modes open');
    const refused: string[] = [];
    const instrument = await trySequencer(support, unit, join(folder, 'instrument'), refused);
    const computer = await chooseUnit(support, actionId, { kind: 'standalone', modes: 1 });
    const standalone = computer && (await tryComputer(support, computer, join(folder, 'computer')));
    const ids = [...unit.corrections, ...(computer?.corrections ?? [])].map((one) => one.id);
    done(
      await verifyCorrections(quality, {
        correctionIds: ids,
        reason: 'The code was read to us, and what the verifier saw.',
        doneOn: null,
      }),
    );
    const verified = Object.values(await readLedger(support, ids));
    return { serial: unit.serial, ...instrument, standalone, verified, refused };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function trySequencer(
  support: Context,
  unit: Unit,
  folder: string,
  refused: string[],
): Promise<Pick<StandInReport, 'before' | 'afterDx' | 'afterRUO'>> {
  const kit = await orderKit(support, unit, join(folder, 'kit'));
  const instrument = await buildInstrument(folder, { serial: unit.serial });
  try {
    const before = await readMoments(support, unit, instrument);
    const dx = await patch(support, instrument, 'Dx', kit);
    refused.push(why(await enter(support, mistyped(dx))));
    done(await enter(support, dx));
    // What was read out for one mode is tried for the other.
    const ruoCorrection = unit.corrections.find((one) => one.mode === 'RUO')?.id;
    refused.push(why(await enter(support, dx, ruoCorrection)));
    const afterDx = await readMoments(support, unit, instrument);
    const ruo = await patch(support, instrument, 'RUO', kit);
    done(await enter(support, ruo));
    refused.push(why(await enter(support, ruo)));
    return { before, afterDx, afterRUO: await readMoments(support, unit, instrument) };
  } finally {
    await instrument.stop();
  }
}

async function tryComputer(
  support: Context,
  unit: Unit,
  folder: string,
): Promise<NonNullable<StandInReport['standalone']>> {
  const [{ mode } = { mode: 'RUO' as const }] = unit.corrections;
  const kit = await orderKit(support, unit, join(folder, 'kit'));
  const computer = await buildInstrument(folder, { modes: [mode], serial: unit.serial });
  try {
    const before = (await readMoments(support, unit, computer))[mode];
    done(await enter(support, await patch(support, computer, mode, kit)));
    return { serial: unit.serial, before, after: (await readMoments(support, unit, computer))[mode] };
  } finally {
    await computer.stop();
  }
}

/** A unit that nobody has begun with: every one of its corrections in the action is open. */
async function chooseUnit(
  ctx: Context,
  actionId: number,
  wish: { kind: 'serial' | 'standalone'; modes: number; unitId?: number | undefined },
): Promise<Unit | undefined> {
  let query = ctx.db
    .selectFrom('correction as c')
    .innerJoin('unit as u', 'u.id', 'c.unit_id')
    .select(['c.unit_id as unitId', 'c.party_id as partyId', 'u.serial'])
    .where('c.action_id', '=', actionId)
    .where('u.kind', '=', wish.kind)
    .groupBy(['c.unit_id', 'c.party_id', 'u.serial'])
    .having((eb) => eb(eb.fn.countAll(), '=', wish.modes))
    .having((eb) => eb.fn<boolean>('bool_and', [eb('c.state', '=', 'open')]))
    .orderBy('c.unit_id')
    .limit(1);
  if (wish.unitId !== undefined) query = query.where('c.unit_id', '=', wish.unitId);
  const unit = await query.executeTakeFirst();
  if (!unit) return undefined;
  const corrections = await ctx.db
    .selectFrom('correction as c')
    .innerJoin('environment as e', 'e.id', 'c.environment_id')
    .select(['c.id', 'e.code as mode'])
    .where('c.action_id', '=', actionId)
    .where('c.unit_id', '=', unit.unitId)
    .orderBy('e.position')
    .execute();
  return { ...unit, corrections: corrections.map(({ id, mode }) => ({ id, mode: mode as Mode })) };
}

/** The way of a kit, from the request until it is unpacked. @returns the folder it lies in */
async function orderKit(support: Context, unit: Unit, folder: string): Promise<string> {
  const correctionIds = unit.corrections.map((one) => one.id);
  const note = 'The instrument has no network.';
  const { id } = done(await requestKit(support, requestKitInput.parse({ correctionIds, note })));
  done(await prepareKit(support, id));
  const file = done(await makeKitFile(support, id));
  const parts: Uint8Array[] = [];
  for await (const part of file.bytes) parts.push(part);
  for (const [name, bytes] of Object.entries(unzipSync(Buffer.concat(parts)))) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
  const sent = { carrier: 'Muster Courier', tracking: `KIT-${id}` };
  for (const to of ['shipped', 'received'] as const)
    done(await moveKit(support, id, moveKitInput.parse({ to, ...sent })));
  return folder;
}

/** Boots a mode and has a person go through the verifier. @returns the code on the screen */
async function patch(support: Context, instrument: Instrument, mode: Mode, kit: string): Promise<string> {
  await instrument.boot(mode);
  const answers: Record<string, string> = { 'right-serial': 'yes', environment: mode, backup: 'yes', install: 'yes' };
  const words: string[] = [];
  const person: Person = {
    language: 'en',
    say: (text) => words.push(text),
    ask: async (question) => answers[question] ?? 'no',
  };
  const { code, status } = await verify(kit, sequencerMachine(instrument, support.wallClock), person);
  if (code === undefined || status !== 0) throw new Error(`The verifier ended with ${status}:\n${words.join('\n')}`);
  return code;
}

/** What each mode lets through, and what the ledger says of it. A mode that the unit has not stays out. */
async function readMoments(support: Context, unit: Unit, instrument: Instrument): Promise<Moments> {
  const ledger = await readLedger(
    support,
    unit.corrections.map((one) => one.id),
  );
  const moments: Partial<Moments> = {};
  for (const { id, mode } of unit.corrections) {
    await instrument.boot(mode);
    moments[mode] = { ...(await instrument.reach()), correction: ledger[id] ?? 'open' };
  }
  return moments as Moments;
}

async function readLedger(ctx: Context, ids: readonly number[]): Promise<Record<number, CorrectionStateName>> {
  const rows = await ctx.db
    .selectFrom('correction')
    .select(['id', 'state'])
    .where('id', 'in', [...ids])
    .execute();
  return Object.fromEntries(rows.map((row) => [row.id, row.state]));
}

const enter = (support: Context, code: string, correctionId?: number) =>
  enterCode(support, enterCodeInput.parse({ code, correctionId }));

/** A code with its last sign read wrongly. */
const mistyped = (code: string): string => `${code.slice(0, -1)}${code.endsWith('7') ? '8' : '7'}`;

function why(result: object | Refusal): string {
  if (!isRefusal(result)) throw new Error('A wrong code was taken');
  return result.code;
}

function done<T>(result: T | Refusal): T {
  if (isRefusal(result)) throw new Error(`The stand-in was refused: ${result.code} ${JSON.stringify(result.params)}`);
  return result;
}
